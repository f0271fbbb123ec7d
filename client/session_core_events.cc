// The half of the session's core that listens to the server.
#include <chrono>
#include <utility>

#include "client/convert.h"
#include "client/frame_observer.h"
#include "client/session_core.h"

namespace parley::client {

void SessionCore::OnFrame(v1::ServerFrame& frame, TimePoint now) {
  silence_.OnHeard(now);
  if (leaving_) return;  // All that matters comes again.
  if (options_.observer != nullptr) options_.observer->OnFrame(frame);
  for (v1::Event& event : *frame.mutable_events()) {
    if (leaving_) return;
    OnEvent(event, now);
  }
  Pump(now);
}

void SessionCore::OnEvent(v1::Event& event, TimePoint now) {
  switch (event.event_case()) {
    case v1::Event::kWelcome:
      return OnWelcome(event.welcome(), now);
    case v1::Event::kJoined:
      return OnJoined(event.ref(), event.joined(), now);
    case v1::Event::kLeft:
      if (!memberships_.OnLeft(event.ref()) && !is_closing_) ++counters_.late_answers;
      return;
    case v1::Event::kMessage:
      return OnMessage(*event.mutable_message());
    case v1::Event::kAck:
      OnWorking();
      if (!outbox_.OnAck(event.ref(), PositionToken(event.ack().position()))) {
        ++counters_.late_answers;
      }
      return;
    case v1::Event::kCheckpoint: {
      const ChannelName channel(event.checkpoint().channel());
      if (!memberships_.IsIn(channel)) return;
      return positions_.Advance(channel, PositionToken(event.checkpoint().position()));
    }
    case v1::Event::kDiscontinuity:
      return OnDiscontinuity(event.discontinuity());
    case v1::Event::kPresence:
      effects_.events.emplace_back(FromWire(event.presence()));
      return;
    case v1::Event::kDrain:
      return OnDrain(event.drain(), now);
    case v1::Event::kError:
      return OnError(event.ref(), event.error(), now);
    case v1::Event::kHistory:  // Never asked for on the stream.
    case v1::Event::kPong:
    case v1::Event::EVENT_NOT_SET:  // Something that only a newer server says.
      return;
  }
}

void SessionCore::OnWelcome(const v1::Welcome& welcome, TimePoint now) {
  info_ = FromWire(welcome);
  is_welcome_ = true;
  reconnect_.OnWelcome();
  if (!std::exchange(was_welcome_, true)) opened_.set_value(std::nullopt);
  TellIfResumed(now);
}

void SessionCore::OnJoined(std::uint64_t ref, const v1::Joined& wire, TimePoint now) {
  const ChannelName channel(wire.channel());
  const JoinedChannel joined = FromWire(wire);
  switch (memberships_.OnJoined(channel, ref, joined)) {
    case Memberships::Entry::kUnasked:
      ++counters_.late_answers;
      return;
    case Memberships::Entry::kFirst:
      positions_.Reset(channel, joined.position);
      break;
    case Memberships::Entry::kAgain:
      OnJoinedAgain(channel, joined);
      break;
  }
  OnWorking();
  TellIfResumed(now);
}

void SessionCore::OnJoinedAgain(const ChannelName& channel, const JoinedChannel& joined) {
  if (joined.recovery == Recovery::kComplete) {
    ++counters_.channels_resumed;
    return;  // Our own position stands: whatever the server left out shows as a gap.
  }
  ++counters_.not_recovered;
  positions_.Reset(channel, joined.position);
  effects_.events.push_back(Discontinuity{.channel = channel,
                                          .position = joined.position,
                                          .reason = LossReason::kNotRecovered,
                                          .recovery = joined.recovery});
}

void SessionCore::OnMessage(v1::Message& wire) {
  Message message = FromWire(wire);
  if (!memberships_.IsIn(message.channel)) return;  // It was on its way when we left.
  OnWorking();
  switch (positions_.Judge(message)) {
    case ChannelPositions::Verdict::kNext:
      return Give(std::move(message));
    case ChannelPositions::Verdict::kAfterGap:
      return OnGap(std::move(message));
    case ChannelPositions::Verdict::kDuplicate:
      ++counters_.duplicates_dropped;
      return;
  }
}

void SessionCore::OnGap(Message message) {
  const PositionToken last = positions_.Last(message.channel);
  PositionToken& gap = gaps_[message.channel];
  const bool is_new = std::exchange(gap, last) != last;
  if (is_new) ++counters_.gaps;
  if (is_new && !is_closing_) {
    return LeaveStream({.code = kMissing, .message = "the server left out a message"});
  }
  ++counters_.gaps_told;
  effects_.events.push_back(
      Gap{.channel = message.channel, .after = last, .before = message.position});
  Give(std::move(message));
}

void SessionCore::Give(Message message) {
  positions_.Take(message);
  ++counters_.messages;
  effects_.events.push_back(std::move(message));
}

void SessionCore::OnDiscontinuity(const v1::Discontinuity& wire) {
  Discontinuity discontinuity = FromWire(wire);
  if (!memberships_.IsIn(discontinuity.channel)) return;
  positions_.Reset(discontinuity.channel, discontinuity.position);
  effects_.events.push_back(std::move(discontinuity));
}

void SessionCore::OnError(std::uint64_t ref, const v1::Error& error, TimePoint now) {
  Error told = ErrorOf(error.code(), error.message());
  if (ref == 0 || !is_welcome_) {
    last_words_ = std::move(told);  // It is about the session or its hello: the stream ends.
    return;
  }
  if (outbox_.OnError(ref, told, OutcomeOf(error.code()), now)) return;
  ChannelName channel;
  switch (memberships_.OnRefused(ref, told, now, channel)) {
    case Memberships::Refusal::kUnasked:
      if (!is_closing_) ++counters_.late_answers;
      return;
    case Memberships::Refusal::kTold:
    case Memberships::Refusal::kLater:
      return;
    case Memberships::Refusal::kLost:
      positions_.Forget(channel);
      effects_.events.push_back(ChannelLost{.channel = channel, .error = std::move(told)});
      TellIfResumed(now);
      return;
  }
}

void SessionCore::OnDrain(const v1::Drain& drain, TimePoint now) {
  if (is_closing_ || leave_at_ != TimePoint::max()) return;
  const std::chrono::milliseconds least(drain.reconnect_after_min_ms());
  const std::chrono::milliseconds most(drain.reconnect_after_max_ms());
  leave_at_ = now + least + chance_.UpTo(most - least);
}

void SessionCore::OnWorking() {
  if (!std::exchange(is_working_, true)) reconnect_.OnWorking();
}

void SessionCore::TellIfResumed(TimePoint now) {
  if (!lost_at_ || !is_welcome_ || !memberships_.IsInAllThatWereJoined()) return;
  effects_.events.push_back(Reconnected{.lost = lost_,
                                        .server = info_.server,
                                        .after = now - *std::exchange(lost_at_, std::nullopt),
                                        .attempts = attempt_.number});
}

}  // namespace parley::client
