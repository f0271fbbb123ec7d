#include "services/gateway/presence/session_pages.h"

#include <utility>

#include "parley/internal/v1/sessions.pb.h"

namespace parley::gateway {
namespace {

// More than protobuf adds to a name.
constexpr std::size_t kOverhead = 8;

class PageWriter {
 public:
  PageWriter(const SessionsPart& part, std::size_t bytes_max) : part_(part), bytes_max_(bytes_max) {
    Begin();
  }

  void Add(const ToldSession& session) {
    internal::v1::SessionState* state = AddState(session);
    for (const ChannelName& channel : session.channels) {
      if (bytes_ >= bytes_max_) state = AddState(session);
      state->add_channels(channel.value());
      bytes_ += channel.value().size() + kOverhead;
    }
  }

  std::vector<std::string> Take() {
    pages_.push_back(page_.SerializeAsString());
    return std::move(pages_);
  }

 private:
  void Begin() {
    page_.Clear();
    page_.set_server_id(part_.server.value());
    page_.set_epoch(part_.epoch);
    page_.set_revision(part_.revision);
    bytes_ = 0;
  }

  internal::v1::SessionState* AddState(const ToldSession& session) {
    if (bytes_ >= bytes_max_) {
      pages_.push_back(page_.SerializeAsString());
      Begin();
    }
    auto& state = *page_.add_sessions();
    state.set_session_id(session.id.value());
    state.set_user(session.user.value());
    bytes_ += session.id.value().size() + session.user.value().size() + 3 * kOverhead;
    return &state;
  }

  const SessionsPart& part_;
  const std::size_t bytes_max_;
  internal::v1::SessionsPage page_;
  std::size_t bytes_ = 0;
  std::vector<std::string> pages_;
};

}  // namespace

std::vector<std::string> PagesOf(const SessionsPart& part, std::size_t bytes_max) {
  PageWriter writer(part, bytes_max);
  for (const ToldSession& session : part.told.sessions) writer.Add(session);
  return writer.Take();
}

}  // namespace parley::gateway
