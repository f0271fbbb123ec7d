#include "services/presence/api/roster_api.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/support/slice.h>

#include "services/common/personal_channel.h"
#include "services/common/text.h"
#include "services/presence/api/refusals.h"

namespace parley::presence {
namespace {

constexpr std::uint32_t kEntriesDefault = 1'000;
constexpr std::uint32_t kEntriesMax = 10'000;

std::size_t Limit(std::uint32_t asked) {
  return asked == 0 ? kEntriesDefault : std::min(asked, kEntriesMax);
}

}  // namespace

// One watcher's call: it adds and removes channels for as long as it lives.
class RosterApi::WatchCall final : public rpc::CallHandler {
 public:
  WatchCall(rpc::ServerCall& call, RosterApi& api) : call_(call), api_(api) {
    api_.calls_.insert(this);
    call_.Read();
  }
  ~WatchCall() override {
    api_.calls_.erase(this);
    if (watcher_) watchers().Remove(*watcher_);
  }

  void OnMessage(rpc::Bytes message) override {
    internal::v1::WatchChannels request;
    if (!rpc::Decode(message, request)) return End(Unreadable());
    if (!api_.directory_.ready()) return End(NotReady());
    if (!watcher_) watcher_ = watchers().Add();
    if (!watcher_) return End(TooManyWatchers());
    for (const std::string& channel : request.remove())
      watchers().Unwatch(*watcher_, ChannelName(channel));
    for (const std::string& channel : request.add()) {
      if (!IsName(channel, kChannelBytesMax)) return End(Unreadable());
      if (!watchers().Watch(*watcher_, ChannelName(channel))) return End(TooManyChannels());
    }
    call_.Read();
  }
  void OnWritten() override { Pump(); }
  void OnDone() override { done_ = true; }

  void Pump() {
    if (done_ || !watcher_) return;
    if (watchers().IsTooSlow(*watcher_)) return End(TooSlow());
    if (call_.writing()) return;
    const std::optional<std::string> update = watchers().Take(*watcher_);
    if (!update) return;
    const grpc::Slice slice(*update);
    call_.Write(rpc::Bytes(&slice, 1));
  }

 private:
  RosterWatchers& watchers() { return api_.directory_.roster_watchers(); }

  void End(const grpc::Status& status) {
    done_ = true;
    EndCall(call_, status);
  }

  rpc::ServerCall& call_;
  RosterApi& api_;
  std::optional<RosterWatchers::Id> watcher_;
  bool done_ = false;
};

RosterApi::RosterApi(rpc::Server& server, Directory& directory) : directory_(directory) {
  using internal::v1::ChannelReply;
  using internal::v1::ChannelRequest;
  using internal::v1::ListReply;
  using internal::v1::ListRequest;
  using internal::v1::UserReply;
  using internal::v1::UserRequest;
  server.HandleUnary<ChannelRequest, ChannelReply>(
      "/parley.internal.v1.Presence/Channel",
      [this](const ChannelRequest& request, ChannelReply& reply) {
        return Channel(request, reply);
      });
  server.HandleUnary<UserRequest, UserReply>(
      "/parley.internal.v1.Presence/User",
      [this](const UserRequest& request, UserReply& reply) { return User(request, reply); });
  server.HandleUnary<ListRequest, ListReply>(
      "/parley.internal.v1.Presence/ListChannels",
      [this](const ListRequest& request, ListReply& reply) { return List(request, reply); });
  server.Handle("/parley.internal.v1.Presence/Watch",
                [this](rpc::ServerCall& call) { return std::make_unique<WatchCall>(call, *this); });
}

void RosterApi::Tick() {
  for (WatchCall* const call : calls_) call->Pump();
}

grpc::Status RosterApi::Channel(const internal::v1::ChannelRequest& request,
                                internal::v1::ChannelReply& reply) const {
  if (!directory_.ready()) return NotReady();
  const Attendance& attendance = directory_.registry().attendance();
  reply.set_total(static_cast<std::uint32_t>(attendance.CountMembers(request.channel())));
  for (const auto& [user, sessions] :
       attendance.MembersOf(request.channel(), Limit(request.limit()))) {
    auto& listed = *reply.add_members();
    listed.set_user(user.value());
    listed.set_sessions(sessions);
  }
  return grpc::Status::OK;
}

grpc::Status RosterApi::User(const internal::v1::UserRequest& request,
                             internal::v1::UserReply& reply) const {
  if (!directory_.ready()) return NotReady();
  const Attendance& attendance = directory_.registry().attendance();
  for (const PresentSession& session : attendance.SessionsOf(request.user(), kEntriesDefault)) {
    auto& listed = *reply.add_sessions();
    listed.set_session_id(session.id.value());
    listed.set_server_id(session.server.value());
    for (const ChannelName& channel : session.channels) listed.add_channels(channel.value());
  }
  return grpc::Status::OK;
}

// Personal channels are nobody else's business, and all stand in one place of the order.
grpc::Status RosterApi::List(const internal::v1::ListRequest& request,
                             internal::v1::ListReply& reply) const {
  if (!directory_.ready()) return NotReady();
  const Attendance& attendance = directory_.registry().attendance();
  std::size_t left = Limit(request.limit());
  std::string from = request.prefix();
  while (const auto channel = attendance.ChannelFrom(from)) {
    const std::string& name = channel->name.value();
    if (!name.starts_with(request.prefix())) break;
    if (IsPersonal(channel->name)) {
      from = std::string(1, kPersonalChannelMark + 1);
      continue;
    }
    if (left-- == 0) {
      reply.set_more(true);
      break;
    }
    auto& listed = *reply.add_channels();
    listed.set_channel(name);
    listed.set_members(static_cast<std::uint32_t>(channel->members));
    from = name + '\0';
  }
  return grpc::Status::OK;
}

}  // namespace parley::presence
