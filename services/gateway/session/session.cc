#include "services/gateway/session/session.h"

#include <utility>
#include <variant>

#include "services/gateway/hub/hub.h"
#include "services/gateway/publish/validate.h"
#include "services/gateway/session/history.h"

namespace parley::gateway {

Session::Session(const SessionContext& context, SessionId id, Transport& transport,
                 const EventEncoding& encoding, TimePoint now)
    : context_(context),
      id_(std::move(id)),
      transport_(transport),
      opened_(now),
      events_(context.config.outbox_bytes_max, encoding, transport),
      memberships_(context.config, *this, context.hub, events_),
      next_checkpoint_(now + context.config.checkpoint_interval) {
  context_.hub.Add(*this);
}

Session::~Session() {
  End();
  context_.hub.Remove(*this);
}

void Session::End() {
  if (std::exchange(closed_, true)) return;
  LeaveEverything();
  context_.hub.metrics().Closed(edge::v1::ERROR_UNSPECIFIED);
}

void Session::OnFrame(const edge::v1::ClientFrame& frame, const Arrival& arrival) {
  if (closed_) return;
  using Frame = edge::v1::ClientFrame;
  const std::uint64_t ref = frame.ref();
  if (frame.frame_case() == Frame::kHello) {
    Hello(ref, frame.hello(), arrival.now);
    Flush();
    return;
  }
  if (user_.empty()) {
    Close({edge::v1::ERROR_HELLO_REQUIRED, "the first frame must be Hello"}, ref);
    return;
  }
  switch (frame.frame_case()) {
    case Frame::kJoin:
      memberships_.Join(ref, frame.join());
      break;
    case Frame::kLeave:
      memberships_.Leave(ref, frame.leave());
      break;
    case Frame::kPublish:
      Publish(ref, frame.publish(), arrival);
      break;
    case Frame::kReadHistory:
      ReadHistory(ref, frame.read_history());
      break;
    case Frame::kPing:
      Pong(ref);
      break;
    case Frame::kHello:
    case Frame::FRAME_NOT_SET:
      SendError(ref, {edge::v1::ERROR_MALFORMED, "the frame holds nothing that is known here"}, {},
                {});
      break;
  }
  Flush();
}

void Session::OnMalformed() {
  Close({edge::v1::ERROR_MALFORMED, "the bytes are not a ClientFrame"}, 0);
}

void Session::Hello(std::uint64_t ref, const edge::v1::Hello& hello, TimePoint now) {
  if (!user_.empty()) {
    Close({edge::v1::ERROR_HELLO_REPEATED, "Hello may come only once"}, ref);
    return;
  }
  auto refusal = ValidateUser(hello.user());
  if (!refusal) refusal = ValidateAgent(hello.agent());
  if (refusal) {
    Close(*refusal, ref);
    return;
  }
  user_ = UserId(hello.user());
  next_checkpoint_ = now + context_.config.checkpoint_interval;
  context_.hub.announcer().Connected(id_, user_);

  edge::v1::Event event;
  event.set_ref(ref);
  auto& welcome = *event.mutable_welcome();
  welcome.set_session_id(id_.value());
  welcome.set_server_id(context_.server.value());
  welcome.set_content_bytes_max(static_cast<std::uint32_t>(context_.config.content_bytes_max));
  welcome.set_channels_max(static_cast<std::uint32_t>(context_.config.channels_max));
  welcome.set_publishes_in_flight_max(
      static_cast<std::uint32_t>(context_.config.publishes_in_flight_max));
  events_.Send(event);
  memberships_.JoinPersonal(user_, hello.personal_after(), now);
}

void Session::Publish(std::uint64_t ref, const edge::v1::Publish& publish, const Arrival& arrival) {
  std::string channel(ChannelOrNothing(publish.channel()));
  std::string message_id(MessageIdOrNothing(publish.id()));
  if (publishes_in_flight_ >= context_.config.publishes_in_flight_max) {
    context_.hub.metrics().limited_publishes.Increment();
    SendError(ref, {edge::v1::ERROR_BUSY, "this session has too many publishes in flight"}, channel,
              message_id);
    return;
  }
  ++publishes_in_flight_;
  context_.publisher.Publish(
      MakeDraft(publish, user_.value(), arrival.since_unix_epoch), arrival.now,
      lifeline_.Guard([this, ref, channel = std::move(channel),
                       message_id = std::move(message_id)](const PublishOutcome& outcome) {
        --publishes_in_flight_;
        OnPublished(ref, outcome, channel, message_id);
        Flush();
      }));
}

void Session::OnPublished(std::uint64_t ref, const PublishOutcome& outcome,
                          std::string_view channel, std::string_view message_id) {
  if (const Refusal* refusal = std::get_if<Refusal>(&outcome)) {
    SendError(ref, *refusal, channel, message_id);
    return;
  }
  const Ack& ack = std::get<Ack>(outcome);
  edge::v1::Event event;
  event.set_ref(ref);
  event.mutable_ack()->set_channel(ack.channel.value());
  event.mutable_ack()->set_id(ack.id.value());
  event.mutable_ack()->set_position(ack.position);
  events_.Send(event);
}

void Session::ReadHistory(std::uint64_t ref, const edge::v1::ReadHistory& request) {
  const std::string& channel = request.channel();
  // A page takes part of the outbox and leaves room for what comes live.
  auto judged = JudgeHistory(channel, user_, request.before(), request.limit(),
                             context_.config.outbox_bytes_max / 4, context_.hub.log());
  if (const Refusal* refusal = std::get_if<Refusal>(&judged)) {
    SendError(ref, *refusal, channel, {});
    return;
  }
  if (reads_in_flight_ >= context_.config.reads_in_flight_max) {
    context_.hub.metrics().limited_reads.Increment();
    SendError(ref, {edge::v1::ERROR_BUSY, "this session has too many reads in flight"}, channel,
              {});
    return;
  }
  ++reads_in_flight_;
  context_.hub.ReadPage(std::get<PageRequest>(std::move(judged)),
                        lifeline_.Guard([this, ref, name = ChannelName(channel)](const Page& page) {
                          --reads_in_flight_;
                          OnHistory(ref, name, page);
                          Flush();
                        }));
}

void Session::OnHistory(std::uint64_t ref, const ChannelName& channel, const Page& page) {
  auto made = MakeHistory(page, channel, *context_.hub.log());
  if (const Refusal* refusal = std::get_if<Refusal>(&made)) {
    SendError(ref, *refusal, channel.value(), {});
    return;
  }
  History& history = std::get<History>(made);
  edge::v1::Event event;
  event.set_ref(ref);
  event.mutable_history()->set_channel(channel.value());
  event.mutable_history()->mutable_messages()->Swap(&history.messages);
  event.mutable_history()->set_older(history.older);
  events_.Send(event);
}

void Session::Pong(std::uint64_t ref) {
  edge::v1::Event event;
  event.set_ref(ref);
  event.mutable_pong();
  events_.Send(event);
}

void Session::OnWritten() {
  events_.outbox().Written();
  if (!closed_) memberships_.AskForPages();
}

void Session::Drain(std::uint32_t reconnect_within_ms, TimePoint close_at) {
  if (closed_) return;
  close_at_ = close_at;
  edge::v1::Event event;
  event.mutable_drain()->set_reconnect_after_min_ms(0);
  event.mutable_drain()->set_reconnect_after_max_ms(reconnect_within_ms);
  events_.Send(event);
  Flush();
}

void Session::Tick(TimePoint now) {
  if (closed_) return;
  if (user_.empty() && now - opened_ >= context_.config.hello_timeout) {
    Close({edge::v1::ERROR_HELLO_TIMEOUT, "no Hello came in time"}, 0);
    return;
  }
  if (close_at_ && now >= *close_at_) {
    Close({edge::v1::ERROR_DRAINING, "this gateway is stopping; connect to another"}, 0);
    return;
  }
  memberships_.Retry(now);
  if (now >= next_checkpoint_) {
    next_checkpoint_ = now + context_.config.checkpoint_interval;
    memberships_.SendCheckpoints();
  }
  Flush();
}

void Session::Flush() {
  if (closed_) return;
  if (events_.outbox().overflowed()) {
    CutOff();
  } else {
    transport_.Wake();
  }
}

void Session::CutOff() {
  Close({edge::v1::ERROR_SLOW_READER, "the client did not read fast enough; resume"}, 0);
}

void Session::SendError(std::uint64_t ref, const Refusal& refusal, std::string_view channel,
                        std::string_view message_id) {
  edge::v1::Event event;
  event.set_ref(ref);
  auto& error = *event.mutable_error();
  error.set_code(refusal.code);
  error.set_message(refusal.message);
  error.set_channel(std::string(ChannelOrNothing(channel)));
  error.set_id(std::string(message_id));
  events_.Send(event);
}

void Session::Close(const Refusal& reason, std::uint64_t ref) {
  if (closed_) return;
  closed_ = true;
  LeaveEverything();
  context_.hub.metrics().Closed(reason.code);

  edge::v1::Event event;
  event.set_ref(ref);
  event.mutable_error()->set_code(reason.code);
  event.mutable_error()->set_message(reason.message);
  events_.SendLast(event);
  transport_.Close(reason);
}

void Session::LeaveEverything() {
  memberships_.LeaveAll();
  if (!user_.empty()) context_.hub.announcer().Disconnected(id_, user_);
}

bool Session::idle() const {
  return memberships_.empty() && publishes_in_flight_ == 0 && reads_in_flight_ == 0;
}

}  // namespace parley::gateway
