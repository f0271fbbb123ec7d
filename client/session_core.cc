#include "client/session_core.h"

#include <algorithm>

#include "client/checks.h"
#include "client/convert.h"
#include "client/frame_observer.h"
#include "client/message_id.h"
#include "services/common/personal_channel.h"

namespace parley::client {
namespace {

// How long something waits that a server cannot take now; doubles.
constexpr Backoff kRepeat = {.first = std::chrono::milliseconds(200),
                             .most = std::chrono::seconds(3)};

const Error kClosedHere = {.code = kClosed, .message = "this side closed the session"};

}  // namespace

SessionCore::SessionCore(const Options& options, const PositionToken& personal_after,
                         std::uint64_t seed, TimePoint now)
    : options_(options),
      personal_channel_(PersonalChannelOf(options.user)),
      personal_after_(personal_after),
      open_by_(now + options.connect_deadline),
      chance_(seed),
      reconnect_(options.servers, {options.reconnect_wait_first, options.reconnect_wait_max},
                 chance_),
      silence_(options.silence_max),
      outbox_(kRepeat, chance_),
      memberships_(kRepeat, chance_) {
  Memberships::Answer answer;
  personal_ = answer.get_future().share();
  memberships_.WantUnasked(personal_channel_, std::move(answer));
}

std::future<Result<JoinedChannel>> SessionCore::Join(const ChannelName& channel,
                                                     const PositionToken& after, TimePoint now) {
  Memberships::Answer answer;
  std::future<Result<JoinedChannel>> result = answer.get_future();
  std::optional<Error> refused = CheckChannel(channel);
  if (!refused) refused = CheckPosition(after);
  if (!refused) refused = Refusal();
  if (refused) {
    answer.set_value(*refused);
  } else if (memberships_.Want(channel, after, answer, now + options_.request_deadline)) {
    Pump(now);
  } else {
    answer.set_value(Error{.code = "ERROR_WRONG_MEMBERSHIP",
                           .message = "this session is in the channel already",
                           .advice = Advice::kGiveUp});
  }
  return result;
}

std::future<std::optional<Error>> SessionCore::Leave(const ChannelName& channel, TimePoint now) {
  Memberships::LeaveAnswer answer;
  std::future<std::optional<Error>> result = answer.get_future();
  if (const std::optional<Error> refused = Refusal()) {
    answer.set_value(refused);
    return result;
  }
  const std::uint64_t ref = ++last_ref_;
  const TimePoint due = now + options_.request_deadline;
  if (memberships_.Leave(channel, ref, std::move(answer), due)) {
    v1::ClientFrame& frame = NewFrame();
    frame.set_ref(ref);
    frame.mutable_leave()->set_channel(channel.value());
  }
  if (channel != personal_channel_) positions_.Forget(channel);
  TellIfResumed(now);
  return result;
}

std::future<PublishResult> SessionCore::Publish(Publication publication, TimePoint now) {
  std::promise<PublishResult> answer;
  std::future<PublishResult> result = answer.get_future();
  if (publication.id.empty()) publication.id = NewMessageId();
  std::optional<Error> refused = CheckPublication(publication);
  if (!refused) refused = Refusal();
  const bool is_full =
      info_.publishes_in_flight_max > 0 && outbox_.size() >= info_.publishes_in_flight_max;
  if (!refused && is_full) {
    refused = ErrorOf(v1::ERROR_BUSY, "too many publishes are without an ack: wait for some first");
  }
  if (refused) {
    answer.set_value({.outcome = Outcome::kNotStored,
                      .channel = publication.channel,
                      .id = publication.id,
                      .error = *refused});
    return result;
  }
  outbox_.Add(std::move(publication), std::move(answer), now + options_.publish_deadline);
  Pump(now);
  return result;
}

std::optional<Error> SessionCore::Refusal() const {
  if (ended_) return ended_;
  if (is_closing_) return kClosedHere;
  if (outbox_.size() + memberships_.requests() < options_.requests_in_flight_max) {
    return std::nullopt;
  }
  return ErrorOf(v1::ERROR_BUSY, "too many requests are without an answer: wait for some first");
}

void SessionCore::Close() {
  if (ended_ || is_closing_) return;
  is_closing_ = true;
  if (!has_stream_) return End(kClosedHere);
  // A half-closed stream goes on as long as it is in a channel other than the personal one.
  for (const ChannelName& channel : memberships_.Joined()) {
    NewFrame().mutable_leave()->set_channel(channel.value());
  }
}

Reconnect::Attempt SessionCore::NextAttempt() {
  attempt_ = reconnect_.Next();
  if (was_welcome_) {
    effects_.events.push_back(Reconnecting{
        .lost = lost_, .why = why_lost_, .attempt = attempt_.number, .wait = attempt_.wait});
  }
  return attempt_;
}

void SessionCore::OnStreamBegin(TimePoint now) {
  if (options_.observer != nullptr) options_.observer->OnStreamBegin(attempt_.server);
  has_stream_ = true;
  connect_by_ = now + options_.attempt_deadline;
  last_words_.reset();
  leaving_.reset();
  v1::Hello& hello = *NewFrame().mutable_hello();
  hello.set_user(options_.user.value());
  hello.set_agent(options_.agent);
  const PositionToken last = positions_.Last(personal_channel_);
  hello.set_personal_after(last.empty() ? personal_after_.value() : last.value());
}

void SessionCore::OnConnected(TimePoint now) {
  is_connected_ = true;
  connect_by_ = TimePoint::max();
  silence_.OnHeard(now);
}

void SessionCore::OnReading(TimePoint now) {
  if (is_connected_) silence_.OnHeard(now);
}

void SessionCore::OnStreamEnd(const StreamEnd& end, TimePoint now) {
  const bool is_refused = last_words_ ? !last_words_->retryable()
                                      : end.failure.is_verdict && !end.failure.error.retryable();
  Error why = end.was_connected ? end.failure.error : Unreachable({attempt_.server});
  if (last_words_) why = *last_words_;
  if (leaving_) why = *leaving_;
  why_lost_ = why;
  if (is_welcome_) {
    lost_ = info_.server;
    if (!lost_at_) lost_at_ = now;
    if (!is_closing_) ++counters_.streams_lost;
  } else {
    ++counters_.attempts_failed;
  }

  has_stream_ = is_connected_ = is_welcome_ = is_working_ = false;
  connect_by_ = leave_at_ = TimePoint::max();
  silence_.Pause();
  effects_.frames.clear();
  effects_.leaves_stream = false;
  outbox_.OnStreamEnd(end.unsent);
  memberships_.OnStreamEnd();

  if (is_closing_) {
    End(kClosedHere);
  } else if (is_refused) {
    End(why);
  } else if (!was_welcome_) {
    OnNotTaken(why, now);
  }
  if (options_.observer != nullptr) options_.observer->OnStreamEnd(why);
}

void SessionCore::OnNotTaken(const Error& why, TimePoint now) {
  const bool says_more = refusal_.code.empty() || refusal_.code == kUnreachable;
  if (says_more) refusal_ = why;
  const bool is_last = ++refusals_ >= reconnect_.servers() || now >= open_by_;
  if (!is_last && why.retryable()) return;
  End(refusal_.code == kUnreachable ? Unreachable(options_.servers) : refusal_);
}

void SessionCore::OnTime(TimePoint now) {
  if (ended_) return;
  outbox_.OnTime(now);
  for (const ChannelName& channel : memberships_.OnTime(now)) {
    NewFrame().mutable_leave()->set_channel(channel.value());
  }
  if (has_stream_ && !leaving_) CheckStream(now);
  Pump(now);
}

void SessionCore::CheckStream(TimePoint now) {
  if (!was_welcome_ && now >= open_by_) {
    return LeaveStream(is_connected_ ? TimedOut("hello") : Unreachable({attempt_.server}));
  }
  if (now >= connect_by_) return LeaveStream(Unreachable({attempt_.server}));
  if (now >= leave_at_) {
    reconnect_.OnDrained();
    return LeaveStream(ErrorOf(v1::ERROR_DRAINING, "the server is about to stop"));
  }
  switch (silence_.Check(now)) {
    case SilenceWatch::Verdict::kFine:
      return;
    case SilenceWatch::Verdict::kAsk:
      NewFrame().mutable_ping();
      return;
    case SilenceWatch::Verdict::kLost:
      return LeaveStream({.code = kSilent, .message = attempt_.server + " does not answer"});
  }
}

TimePoint SessionCore::NextDue(TimePoint now) const {
  if (ended_) return TimePoint::max();
  const TimePoint of_requests = std::min(outbox_.NextDue(now), memberships_.NextDue(now));
  if (!has_stream_ || leaving_) return of_requests;
  const TimePoint of_opening = was_welcome_ ? TimePoint::max() : open_by_;
  return std::min({of_requests, of_opening, connect_by_, leave_at_, silence_.NextDue()});
}

void SessionCore::Pump(TimePoint now) {
  if (!is_welcome_ || is_closing_ || leaving_) return;
  while (auto asking = memberships_.Next(now, last_ref_ + 1)) {
    v1::Join& join = *NewFrame().mutable_join();
    join.set_channel(asking->channel.value());
    const PositionToken last = positions_.Last(asking->channel);
    join.set_after(asking->resumes ? last.value() : asking->after.value());
  }
  const std::size_t in_flight_max = info_.publishes_in_flight_max;
  v1::Publish publish;
  while ((in_flight_max == 0 || outbox_.in_flight() < in_flight_max) &&
         outbox_.Next(now, last_ref_ + 1, publish)) {
    *NewFrame().mutable_publish() = std::move(publish);
    publish.Clear();
  }
}

v1::ClientFrame& SessionCore::NewFrame() {
  v1::ClientFrame& frame = effects_.frames.emplace_back();
  frame.set_ref(++last_ref_);
  return frame;
}

void SessionCore::LeaveStream(Error why) {
  if (is_closing_) return;  // It ends soon in any case.
  leaving_ = std::move(why);
  effects_.leaves_stream = true;
}

void SessionCore::End(const Error& error) {
  ended_ = error;
  outbox_.GiveUpAll(error);
  memberships_.GiveUpAll(error);
  if (!was_welcome_) opened_.set_value(error);
}

PositionToken SessionCore::LastPosition(const ChannelName& channel) const {
  return positions_.Last(channel);
}

SessionCounters SessionCore::counters() const {
  SessionCounters counters = counters_;
  counters.publishes_resent = outbox_.resent();
  return counters;
}

}  // namespace parley::client
