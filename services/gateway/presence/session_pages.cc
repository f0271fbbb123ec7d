#include "services/gateway/presence/session_pages.h"

#include <utility>

#include "parley/internal/v1/sessions.pb.h"

namespace parley::gateway {
namespace {

// More than protobuf adds to a name.
constexpr std::size_t kOverhead = 8;

class PageWriter {
 public:
  PageWriter(const SessionsSnapshot& snapshot, std::size_t bytes_max)
      : snapshot_(snapshot), bytes_max_(bytes_max) {
    Begin();
  }

  void Add(const ToldSession& session) {
    internal::v1::SessionState* part = AddPart(session);
    for (const ChannelName& channel : session.channels) {
      if (bytes_ >= bytes_max_) part = AddPart(session);
      part->add_channels(channel.value());
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
    page_.set_server_id(snapshot_.server.value());
    page_.set_epoch(snapshot_.epoch);
    page_.set_revision(snapshot_.revision);
    bytes_ = 0;
  }

  internal::v1::SessionState* AddPart(const ToldSession& session) {
    if (bytes_ >= bytes_max_) {
      pages_.push_back(page_.SerializeAsString());
      Begin();
    }
    auto& part = *page_.add_sessions();
    part.set_session_id(session.id.value());
    part.set_user(session.user.value());
    bytes_ += session.id.value().size() + session.user.value().size() + 3 * kOverhead;
    return &part;
  }

  const SessionsSnapshot& snapshot_;
  const std::size_t bytes_max_;
  internal::v1::SessionsPage page_;
  std::size_t bytes_ = 0;
  std::vector<std::string> pages_;
};

}  // namespace

std::vector<std::string> PagesOf(const SessionsSnapshot& snapshot, std::size_t bytes_max) {
  PageWriter writer(snapshot, bytes_max);
  for (const ToldSession& session : snapshot.sessions) writer.Add(session);
  return writer.Take();
}

}  // namespace parley::gateway
