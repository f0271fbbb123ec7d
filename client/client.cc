#include "client/client.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "client/chance.h"
#include "client/checks.h"
#include "client/connection.h"
#include "client/convert.h"
#include "client/errors.h"
#include "client/message_id.h"
#include "client/session_state.h"
#include "parley/v1/chat.grpc.pb.h"

namespace parley::client {

struct Client::State {
  explicit State(Options given) : options(std::move(given)) {
    for (const std::string& server : options.servers) channels.push_back(MakeChannel(server));
    Chance chance(options.seed ? *options.seed : NewSeed());
    if (!channels.empty()) works = chance.Below(channels.size());
  }

  // A connected channel, the last one that worked if it still does. Null: no server can be reached.
  std::shared_ptr<grpc::Channel> Reach() {
    const SystemClock clock;
    const TimePoint deadline = clock.Now() + options.connect_deadline;
    const std::size_t first = works;
    for (std::size_t i = 0; i < channels.size() && clock.Now() < deadline; ++i) {
      const std::size_t next = (first + i) % channels.size();
      const Duration left = std::min(options.attempt_deadline, deadline - clock.Now());
      if (!WaitUntilConnected(*channels[next], left)) continue;
      works = next;
      return channels[next];
    }
    return nullptr;
  }

  // One unary call. Nothing: it went well. `method` is one of the stub's.
  template <class Method, class RequestType, class Response>
  std::optional<CallFailure> Call(Method method, const RequestType& request, Duration deadline,
                                  Response& response) {
    const std::shared_ptr<grpc::Channel> channel = Reach();
    if (!channel) {
      return CallFailure{.error = Unreachable(options.servers), .outcome = Outcome::kNotStored};
    }
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::duration_cast<std::chrono::milliseconds>(deadline));
    v1::Chat::Stub stub(channel);
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (status.ok()) return std::nullopt;
    return FailureOf(status, context);
  }

  const Options options;
  std::vector<std::shared_ptr<grpc::Channel>> channels;  // Each connects when it is needed.
  std::atomic<std::size_t> works = 0;                    // Which one is tried first.
};

Client::Client(Options options) : state_(std::make_unique<State>(std::move(options))) {}
Client::~Client() = default;

Result<std::unique_ptr<Session>> Client::Connect(const PositionToken& personal_after) {
  const Options& options = state_->options;
  if (std::optional<Error> refused = CheckUser(options.user)) return std::move(*refused);
  if (std::optional<Error> refused = CheckPosition(personal_after)) return std::move(*refused);
  if (options.servers.empty()) return Unreachable({});
  auto session = std::make_unique<Session::State>(options, personal_after);
  if (std::optional<Error> failed = session->Open()) return std::move(*failed);
  return std::make_unique<Session>(std::move(session));
}

PublishResult Client::Publish(Publication publication) {
  if (publication.id.empty()) publication.id = NewMessageId();
  PublishResult result{
      .outcome = Outcome::kNotStored, .channel = publication.channel, .id = publication.id};
  std::optional<Error> refused = CheckUser(state_->options.user);
  if (!refused) refused = CheckPublication(publication);
  if (refused) {
    result.error = std::move(*refused);
    return result;
  }
  v1::PublishRequest request;
  request.set_user(state_->options.user.value());
  ToWire(publication, request);
  v1::PublishResponse response;
  if (std::optional<CallFailure> failure = state_->Call(
          &v1::Chat::Stub::Publish, request, state_->options.publish_deadline, response)) {
    result.outcome = failure->outcome;
    result.error = std::move(failure->error);
    return result;
  }
  result.outcome = Outcome::kStored;
  result.position = PositionToken(response.position());
  return result;
}

Result<HistoryPage> Client::History(const HistoryQuery& query) {
  if (std::optional<Error> refused = CheckChannel(query.channel)) return std::move(*refused);
  if (std::optional<Error> refused = CheckPosition(query.before)) return std::move(*refused);
  v1::HistoryRequest request;
  request.set_channel(query.channel.value());
  request.set_before(query.before.value());
  request.set_limit(query.limit);
  v1::HistoryResponse response;
  if (std::optional<CallFailure> failure = state_->Call(
          &v1::Chat::Stub::History, request, state_->options.request_deadline, response)) {
    return std::move(failure->error);
  }
  HistoryPage page{.older = PositionToken(response.older())};
  for (v1::Message& message : *response.mutable_messages()) {
    page.messages.push_back(FromWire(message));
  }
  return page;
}

Result<MemberList> Client::Members(const ChannelName& channel, std::uint32_t limit) {
  if (std::optional<Error> refused = CheckChannel(channel)) return std::move(*refused);
  v1::MembersRequest request;
  request.set_channel(channel.value());
  request.set_limit(limit);
  v1::MembersResponse response;
  if (std::optional<CallFailure> failure = state_->Call(
          &v1::Chat::Stub::Members, request, state_->options.request_deadline, response)) {
    return std::move(failure->error);
  }
  MemberList list{.total = response.total()};
  for (const v1::Member& member : response.members()) {
    list.members.push_back({.user = UserId(member.user()), .sessions = member.sessions()});
  }
  return list;
}

Result<ChannelList> Client::ListChannels(const std::string& prefix, std::uint32_t limit) {
  v1::ListChannelsRequest request;
  request.set_prefix(prefix);
  request.set_limit(limit);
  v1::ListChannelsResponse response;
  if (std::optional<CallFailure> failure = state_->Call(
          &v1::Chat::Stub::ListChannels, request, state_->options.request_deadline, response)) {
    return std::move(failure->error);
  }
  ChannelList list{.more = response.more()};
  for (const v1::ChannelInfo& each : response.channels()) {
    list.channels.push_back({.channel = ChannelName(each.channel()), .members = each.members()});
  }
  return list;
}

}  // namespace parley::client
