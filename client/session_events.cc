// The half of the session's state that listens to the server.
#include <utility>

#include "client/convert.h"
#include "client/errors.h"
#include "client/session_state.h"

namespace parley::client {

void Session::State::OnFrame(v1::ServerFrame& frame) {
  const std::lock_guard lock(mutex_);
  for (v1::Event& event : *frame.mutable_events()) OnEvent(event);
}

void Session::State::OnEvent(v1::Event& event) {
  switch (event.event_case()) {
    case v1::Event::kWelcome:
      return OnWelcome(event.ref(), event.welcome());
    case v1::Event::kJoined:
      return OnJoined(event.ref(), event.joined());
    case v1::Event::kLeft:
      return OnLeft(event.ref(), event.left());
    case v1::Event::kMessage:
      return OnMessage(*event.mutable_message());
    case v1::Event::kAck:
      return OnAck(event.ref(), event.ack());
    case v1::Event::kCheckpoint:
      return positions_.Advance(ChannelName(event.checkpoint().channel()),
                                PositionToken(event.checkpoint().position()));
    case v1::Event::kDiscontinuity: {
      Discontinuity discontinuity = FromWire(event.discontinuity());
      positions_.Reset(discontinuity.channel, discontinuity.position);
      return events_.Push(std::move(discontinuity));
    }
    case v1::Event::kPresence:
      return events_.Push(FromWire(event.presence()));
    case v1::Event::kDrain:
      return events_.Push(FromWire(event.drain()));
    case v1::Event::kError:
      return OnError(event.ref(), event.error());
    case v1::Event::kHistory:  // Never asked for on the stream.
    case v1::Event::kPong:
    case v1::Event::EVENT_NOT_SET:  // Something that only a newer server says.
      return;
  }
}

// The request that an event answers; nothing when it had passed its deadline or is of another kind.
template <class Kind>
std::optional<Kind> Session::State::Answered(std::uint64_t ref) {
  if (ref == 0) return std::nullopt;  // What `Close` sends asks for no answer.
  std::optional<Request> request = requests_.Take(ref);
  if (request) {
    if (auto* answered = std::get_if<Kind>(&*request)) return std::move(*answered);
    Fail(*request, {.code = "INTERNAL", .message = "the server's answer is of another kind"},
         Outcome::kUnknown);
  }
  ++counters_.late_answers;
  return std::nullopt;
}

void Session::State::OnWelcome(std::uint64_t ref, const v1::Welcome& welcome) {
  if (auto hello = Answered<HelloRequest>(ref)) hello->answer.set_value(FromWire(welcome));
}

void Session::State::OnJoined(std::uint64_t ref, const v1::Joined& joined) {
  // Also when nobody waits any more: the channel's messages come all the same.
  const ChannelName channel(joined.channel());
  positions_.Reset(channel, PositionToken(joined.position()));
  if (channel == personal_channel_) {  // Nobody asked for it.
    personal_ = FromWire(joined);
    personal_or_end_.notify_all();
    return;
  }
  if (auto join = Answered<JoinRequest>(ref)) join->answer.set_value(FromWire(joined));
}

void Session::State::OnLeft(std::uint64_t ref, const v1::Left& left) {
  positions_.Forget(ChannelName(left.channel()));
  if (auto leave = Answered<LeaveRequest>(ref)) leave->answer.set_value(std::nullopt);
}

void Session::State::OnAck(std::uint64_t ref, const v1::PublishAck& ack) {
  if (auto publish = Answered<PublishRequest>(ref)) {
    publish->answer.set_value({.outcome = Outcome::kStored,
                               .channel = publish->channel,
                               .id = publish->id,
                               .position = PositionToken(ack.position())});
  }
}

void Session::State::OnError(std::uint64_t ref, const v1::Error& error) {
  Error told = ErrorOf(error.code(), error.message());
  if (ref == 0) {
    parting_error_ = std::move(told);  // Answers no frame: it is about the session, which ends.
    return;
  }
  std::optional<Request> request = requests_.Take(ref);
  if (!request) {
    ++counters_.late_answers;
    return;
  }
  Fail(*request, told, OutcomeOf(error.code()));
}

void Session::State::OnMessage(v1::Message& wire) {
  Message message = FromWire(wire);
  const PositionToken before = positions_.Last(message.channel);
  switch (positions_.Take(message)) {
    case ChannelPositions::Verdict::kDuplicate:
      ++counters_.duplicates_dropped;
      return;
    case ChannelPositions::Verdict::kAfterGap:
      ++counters_.gaps;
      events_.Push(Gap{.channel = message.channel, .after = before, .before = message.position});
      break;
    case ChannelPositions::Verdict::kNext:
      break;
  }
  ++counters_.messages;
  events_.Push(std::move(message));
}

}  // namespace parley::client
