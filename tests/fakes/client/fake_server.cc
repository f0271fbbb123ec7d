#include "tests/fakes/client/fake_server.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include <grpcpp/server_builder.h>

namespace parley::client {
FakeServer::FakeServer(std::string name, std::shared_ptr<FakeLog> log)
    : name_(std::move(name)),
      log_(log ? std::move(log) : std::make_shared<FakeLog>()),
      mutex_(log_->mutex) {
  int port = 0;
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  address_ = "127.0.0.1:" + std::to_string(port);
  const std::lock_guard lock(mutex_);
  log_->servers.insert(this);
}

FakeServer::~FakeServer() { Stop(); }

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
  for (const v1::Message& message : log_->messages[request->channel()]) {
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
  for (const FakeServer* server : log_->servers) {  // Who is where is known to all.
    for (const FakeSession* session : server->sessions_) {
      if (session->channels.contains(request->channel())) ++users[session->user];
    }
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
  if (frozen_) return;
  v1::Event event;
  event.set_ref(frame.ref());
  switch (frame.frame_case()) {
    case v1::ClientFrame::kHello:
      session.user = frame.hello().user();
      if (ignores_hello_) return;
      if (hello_refusal_ != v1::ERROR_UNSPECIFIED) {
        event.mutable_error()->set_code(hello_refusal_);
        session.Tell(std::move(event));
        return session.End({grpc::StatusCode::FAILED_PRECONDITION, "refused by the test"});
      }
      event.mutable_welcome()->set_session_id("session-" + std::to_string(sessions_.size()));
      event.mutable_welcome()->set_server_id(name_);
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
    case v1::ClientFrame::kPing:
      ++pings_;
      event.mutable_pong();
      return session.Tell(std::move(event));
    default:
      return;
  }
}

void FakeServer::OnJoin(FakeSession& session, std::uint64_t ref, const std::string& channel,
                        const std::string& after) {
  if (ignores_joins_) return;
  if (ref != 0 && Refuse(session, ref, joins_refused_, join_refusal_)) return;
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
  event.mutable_joined()->set_position(recovered ? after : log_->End());
  event.mutable_joined()->set_recovery(resumes ? recovery_ : v1::RECOVERY_NOT_ASKED);
  session.Tell(std::move(event));
  for (const v1::Message& message : log_->messages[channel]) {
    if (!recovered || message.position() <= after) continue;
    v1::Event missed;
    *missed.mutable_message() = message;
    session.Tell(std::move(missed));
  }
  TellPresence(channel, session.user, true);
  changed_.notify_all();
}

bool FakeServer::Refuse(FakeSession& session, std::uint64_t ref, std::size_t& left,
                        v1::ErrorCode code) {
  if (left == 0) return false;
  --left;
  v1::Event event;
  event.set_ref(ref);
  event.mutable_error()->set_code(code);
  event.mutable_error()->set_message("refused by the test");
  session.Tell(std::move(event));
  return true;
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
  if (Refuse(session, frame.ref(), publishes_refused_, publish_refusal_)) return;

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
  if (const v1::Message* first = log_->Repeated(publish)) return *first;
  const v1::Message message = log_->Append(publish);
  Deliver(message);
  if (is_direct && publish.channel() != senders_channel) {
    publish.set_channel(senders_channel);
    Deliver(log_->Append(publish));
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
  for (FakeServer* server : log_->servers) {
    if (server->frozen_) continue;
    for (FakeSession* session : server->sessions_) {
      if (session->channels.contains(message.channel())) session->Tell(event);
    }
  }
}

std::size_t FakeServer::MemberCount(const std::string& channel) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      sessions_, [&](const FakeSession* each) { return each->channels.contains(channel); }));
}

}  // namespace parley::client
