#include "tests/fakes/client/fake_server.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include <grpcpp/server_builder.h>

namespace parley::client {
namespace {

std::string Token(std::uint64_t number) {
  char text[33];
  std::snprintf(text, sizeof text, "%032llu", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

FakeServer::FakeServer() {
  int port = 0;
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  address_ = "127.0.0.1:" + std::to_string(port);
}

FakeServer::~FakeServer() { Stop(); }

void FakeServer::AnswerWith(Answer answer, v1::ErrorCode refusal) {
  const std::lock_guard lock(mutex_);
  answer_ = answer;
  refusal_ = refusal;
}

void FakeServer::ReleaseAcks() {
  const std::lock_guard lock(mutex_);
  for (HeldAck& held : std::exchange(held_, {})) held.session->Tell(std::move(held.event));
}

void FakeServer::IgnoreHello() {
  const std::lock_guard lock(mutex_);
  ignores_hello_ = true;
}

void FakeServer::IgnoreJoins() {
  const std::lock_guard lock(mutex_);
  ignores_joins_ = true;
}

void FakeServer::LimitPublishesInFlight(std::uint32_t publishes) {
  const std::lock_guard lock(mutex_);
  publishes_in_flight_max_ = publishes;
}

void FakeServer::RecoverWith(v1::Recovery recovery) {
  const std::lock_guard lock(mutex_);
  recovery_ = recovery;
}

std::string FakeServer::Say(const std::string& channel, const std::string& sender,
                            const std::string& content, bool lose) {
  const std::lock_guard lock(mutex_);
  v1::PublishRequest publish;
  publish.set_channel(channel);
  publish.set_user(sender);
  publish.set_content(content);
  publish.set_id("said-" + std::to_string(last_position_ + 1));
  const v1::Message& message = Append(publish);
  if (!lose) Deliver(message);
  return message.position();
}

void FakeServer::Repeat(const std::string& channel) {
  const std::lock_guard lock(mutex_);
  Deliver(logs_[channel].back());
}

void FakeServer::TellAll(const v1::Event& event) {
  const std::lock_guard lock(mutex_);
  for (FakeSession* session : sessions_) session->Tell(event);
}

void FakeServer::EndStreams(grpc::Status status) {
  const std::lock_guard lock(mutex_);
  for (FakeSession* session : sessions_) session->End(status);
}

void FakeServer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    changed_.notify_all();
  }
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  const bool all_gone = WaitForSessions(0);
  if (!all_gone) std::fprintf(stderr, "a stream of the fake server has not ended\n");
}

std::vector<v1::Message> FakeServer::Log(const std::string& channel) {
  const std::lock_guard lock(mutex_);
  return logs_[channel];
}

std::vector<v1::PublishRequest> FakeServer::Publishes() {
  const std::lock_guard lock(mutex_);
  return publishes_;
}

bool FakeServer::WaitForMembers(const std::string& channel, std::size_t members) {
  return Wait([&] { return MemberCount(channel) == members; });
}

bool FakeServer::WaitForPublishes(std::size_t publishes) {
  return Wait([&] { return publishes_.size() >= publishes; });
}

bool FakeServer::WaitForSessions(std::size_t sessions) {
  return Wait([&] { return sessions_.size() == sessions; });
}

template <class Condition>
bool FakeServer::Wait(Condition condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), condition);
}

grpc::ServerBidiReactor<v1::ClientFrame, v1::ServerFrame>* FakeServer::Connect(
    grpc::CallbackServerContext*) {
  const std::lock_guard lock(mutex_);
  auto* session = new FakeSession({
      .on_frame =
          [this](FakeSession& from, const v1::ClientFrame& frame) {
            const std::lock_guard frame_lock(mutex_);
            OnFrame(from, frame);
          },
      .on_half_close =
          [this](FakeSession& from) {
            const std::lock_guard close_lock(mutex_);
            from.half_closed = true;
            EndIfNothingCanCome(from);
          },
      .on_done =
          [this](FakeSession& gone) {
            const std::lock_guard done_lock(mutex_);
            sessions_.erase(&gone);
            std::erase_if(held_, [&](const HeldAck& held) { return held.session == &gone; });
            for (const std::string& channel : gone.channels) {
              TellPresence(channel, gone.user, false);
            }
            changed_.notify_all();
          },
  });
  sessions_.insert(session);
  changed_.notify_all();
  return session;
}

grpc::Status FakeServer::Publish(grpc::ServerContext* context, const v1::PublishRequest* request,
                                 v1::PublishResponse* response) {
  std::unique_lock lock(mutex_);
  publishes_.push_back(*request);
  changed_.notify_all();
  if (answer_ == Answer::kRefuse) {
    context->AddTrailingMetadata("parley-error", v1::ErrorCode_Name(refusal_));
    return {grpc::StatusCode::UNAVAILABLE, "refused by the test"};
  }
  const v1::Message message = Store(*request);
  if (answer_ == Answer::kBreak) return {grpc::StatusCode::UNAVAILABLE, "broken by the test"};
  if (answer_ == Answer::kDrop) {
    // No condition tells of a cancelled call; its deadline is at hand.
    while (!context->IsCancelled() && !stopped_) {
      changed_.wait_for(lock, std::chrono::milliseconds(5));
    }
    return grpc::Status::CANCELLED;
  }
  response->set_channel(message.channel());
  response->set_id(message.id());
  response->set_position(message.position());
  return grpc::Status::OK;
}

grpc::Status FakeServer::History(grpc::ServerContext*, const v1::HistoryRequest* request,
                                 v1::HistoryResponse* response) {
  const std::lock_guard lock(mutex_);
  const std::size_t limit = request->limit() == 0 ? 50 : request->limit();
  std::vector<v1::Message> before;
  for (const v1::Message& message : logs_[request->channel()]) {
    const bool wanted = request->before().empty() || message.position() < request->before();
    if (wanted) before.push_back(message);
  }
  const std::size_t skipped = before.size() > limit ? before.size() - limit : 0;
  for (std::size_t i = skipped; i < before.size(); ++i) *response->add_messages() = before[i];
  if (skipped > 0) response->set_older(before[skipped].position());
  return grpc::Status::OK;
}

grpc::Status FakeServer::Members(grpc::ServerContext*, const v1::MembersRequest* request,
                                 v1::MembersResponse* response) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::uint32_t> users;
  for (const FakeSession* session : sessions_) {
    if (session->channels.contains(request->channel())) ++users[session->user];
  }
  for (const auto& [user, sessions] : users) {
    v1::Member& member = *response->add_members();
    member.set_user(user);
    member.set_sessions(sessions);
  }
  response->set_total(static_cast<std::uint32_t>(users.size()));
  return grpc::Status::OK;
}

grpc::Status FakeServer::ListChannels(grpc::ServerContext*, const v1::ListChannelsRequest* request,
                                      v1::ListChannelsResponse* response) {
  const std::lock_guard lock(mutex_);
  std::set<std::string> channels;
  for (const FakeSession* session : sessions_) {
    channels.insert(session->channels.begin(), session->channels.end());
  }
  for (const std::string& channel : channels) {
    if (!channel.starts_with(request->prefix()) || channel.starts_with('@')) continue;
    v1::ChannelInfo& info = *response->add_channels();
    info.set_channel(channel);
    info.set_members(static_cast<std::uint32_t>(MemberCount(channel)));
  }
  return grpc::Status::OK;
}

// As gateways do: a half-closed stream goes on as long as it is in a channel other than the
// personal one or waits for an ack.
void FakeServer::EndIfNothingCanCome(FakeSession& session) {
  const bool waits =
      std::ranges::any_of(held_, [&](const HeldAck& held) { return held.session == &session; });
  const bool listens = std::ranges::any_of(
      session.channels, [](const std::string& channel) { return !channel.starts_with('@'); });
  if (session.half_closed && !listens && !waits) session.End(grpc::Status::OK);
}

void FakeServer::OnFrame(FakeSession& session, const v1::ClientFrame& frame) {
  v1::Event event;
  event.set_ref(frame.ref());
  switch (frame.frame_case()) {
    case v1::ClientFrame::kHello:
      session.user = frame.hello().user();
      if (ignores_hello_) return;
      event.mutable_welcome()->set_session_id("session-" + std::to_string(sessions_.size()));
      event.mutable_welcome()->set_server_id("fake");
      event.mutable_welcome()->set_content_bytes_max(16 * 1024);
      event.mutable_welcome()->set_channels_max(100);
      event.mutable_welcome()->set_publishes_in_flight_max(publishes_in_flight_max_);
      session.Tell(std::move(event));
      return OnJoin(session, 0, "@" + session.user, frame.hello().personal_after());
    case v1::ClientFrame::kJoin:
      return OnJoin(session, frame.ref(), frame.join().channel(), frame.join().after());
    case v1::ClientFrame::kLeave:
      if (frame.leave().channel().starts_with('@')) {
        event.mutable_error()->set_code(v1::ERROR_FORBIDDEN);
        return session.Tell(std::move(event));
      }
      session.channels.erase(frame.leave().channel());
      event.mutable_left()->set_channel(frame.leave().channel());
      session.Tell(std::move(event));
      TellPresence(frame.leave().channel(), session.user, false);
      return changed_.notify_all();
    case v1::ClientFrame::kPublish:
      return OnPublish(session, frame);
    default:
      return;
  }
}

void FakeServer::OnJoin(FakeSession& session, std::uint64_t ref, const std::string& channel,
                        const std::string& after) {
  if (ignores_joins_) return;
  v1::Event event;
  event.set_ref(ref);
  if (!session.channels.insert(channel).second) {
    event.mutable_error()->set_code(v1::ERROR_WRONG_MEMBERSHIP);
    event.mutable_error()->set_message("joined already");
    return session.Tell(std::move(event));
  }
  const bool resumes = !after.empty();
  const bool recovered = resumes && recovery_ == v1::RECOVERY_COMPLETE;
  event.mutable_joined()->set_channel(channel);
  event.mutable_joined()->set_position(recovered ? after : Token(last_position_));
  event.mutable_joined()->set_recovery(resumes ? recovery_ : v1::RECOVERY_NOT_ASKED);
  session.Tell(std::move(event));
  for (const v1::Message& message : logs_[channel]) {
    if (!recovered || message.position() <= after) continue;
    v1::Event missed;
    *missed.mutable_message() = message;
    session.Tell(std::move(missed));
  }
  TellPresence(channel, session.user, true);
  changed_.notify_all();
}

void FakeServer::OnPublish(FakeSession& session, const v1::ClientFrame& frame) {
  v1::PublishRequest publish;
  publish.set_user(session.user);
  publish.set_channel(frame.publish().channel());
  publish.set_id(frame.publish().id());
  publish.set_content(frame.publish().content());
  publish.set_retry(frame.publish().retry());
  *publish.mutable_headers() = frame.publish().headers();
  publishes_.push_back(publish);
  changed_.notify_all();

  v1::Event event;
  event.set_ref(frame.ref());
  if (answer_ == Answer::kRefuse) {
    event.mutable_error()->set_code(refusal_);
    event.mutable_error()->set_message("refused by the test");
    return session.Tell(std::move(event));
  }
  const v1::Message message = Store(std::move(publish));
  event.mutable_ack()->set_channel(message.channel());
  event.mutable_ack()->set_id(message.id());
  event.mutable_ack()->set_position(message.position());
  switch (answer_) {
    case Answer::kHold:
      return held_.push_back({&session, std::move(event)});
    case Answer::kBreak:
      return session.End({grpc::StatusCode::UNAVAILABLE, "broken by the test"});
    case Answer::kAck:
      return session.Tell(std::move(event));
    case Answer::kDrop:
    case Answer::kRefuse:
      return;
  }
}

// A direct message goes to both; the receiver's copy is returned.
v1::Message FakeServer::Store(v1::PublishRequest publish) {
  const std::string senders_channel = "@" + publish.user();
  const bool is_direct = publish.channel().starts_with('@');
  if (is_direct) {
    v1::Header& receiver = *publish.add_headers();
    receiver.set_name("parley-to");
    receiver.set_value(publish.channel().substr(1));
  }
  const v1::Message message = Append(publish);
  Deliver(message);
  if (is_direct && publish.channel() != senders_channel) {
    publish.set_channel(senders_channel);
    Deliver(Append(publish));
  }
  return message;
}

void FakeServer::TellPresence(const std::string& channel, const std::string& user, bool came) {
  if (channel.starts_with('@')) return;
  v1::Event event;
  v1::PresenceChanged& change = *event.mutable_presence();
  change.set_channel(channel);
  (came ? change.mutable_joined() : change.mutable_left())->Add()->assign(user);
  change.set_members(static_cast<std::uint32_t>(MemberCount(channel)));
  for (FakeSession* session : sessions_) {
    if (session->channels.contains(channel)) session->Tell(event);
  }
}

void FakeServer::Deliver(const v1::Message& message) {
  v1::Event event;
  *event.mutable_message() = message;
  for (FakeSession* session : sessions_) {
    if (session->channels.contains(message.channel())) session->Tell(event);
  }
}

v1::Message& FakeServer::Append(const v1::PublishRequest& publish) {
  std::vector<v1::Message>& log = logs_[publish.channel()];
  const std::string previous = log.empty() ? "" : log.back().position();
  v1::Message& message = log.emplace_back();
  message.set_channel(publish.channel());
  message.set_id(publish.id());
  message.set_sender(publish.user());
  message.set_content(publish.content());
  message.set_time_ms(1'700'000'000'123 + static_cast<std::int64_t>(last_position_));
  message.set_position(Token(++last_position_));
  message.set_previous(previous);
  *message.mutable_headers() = publish.headers();
  return message;
}

std::size_t FakeServer::MemberCount(const std::string& channel) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      sessions_, [&](const FakeSession* each) { return each->channels.contains(channel); }));
}

}  // namespace parley::client
