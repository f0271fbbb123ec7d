#include "client/session_state.h"

#include <algorithm>
#include <utility>

#include "client/checks.h"
#include "client/convert.h"
#include "client/errors.h"
#include "client/message_id.h"
#include "services/common/personal_channel.h"

namespace parley::client {

Session::State::State(std::unique_ptr<v1::Chat::StubInterface> stub, const Options& options)
    : options_(options),
      personal_channel_(PersonalChannelOf(options.user)),
      events_(options.events_max, options.event_bytes_max, [this] { stream_.ResumeReading(); }),
      stub_(std::move(stub)),
      stream_(*stub_, clock_, *this) {}

Session::State::~State() { Close(); }

std::optional<Error> Session::State::Open(const PositionToken& personal_after, Duration deadline) {
  v1::ClientFrame frame;
  frame.mutable_hello()->set_user(options_.user.value());
  frame.mutable_hello()->set_agent(options_.agent);
  frame.mutable_hello()->set_personal_after(personal_after.value());
  HelloRequest request;
  std::future<Result<SessionInfo>> answer = request.answer.get_future();
  stream_.Start();
  Send(std::move(request), std::move(frame), deadline);

  Result<SessionInfo> info = answer.get();
  if (!info) return std::move(info.error);
  info_ = std::move(*info);
  return std::nullopt;
}

std::future<Result<JoinedChannel>> Session::State::Join(const ChannelName& channel,
                                                        const PositionToken& after) {
  v1::ClientFrame frame;
  frame.mutable_join()->set_channel(channel.value());
  frame.mutable_join()->set_after(after.value());
  JoinRequest request;
  std::future<Result<JoinedChannel>> answer = request.answer.get_future();
  std::optional<Error> refused = CheckChannel(channel);
  if (!refused) refused = CheckPosition(after);
  if (refused) {
    request.answer.set_value(*refused);
  } else {
    Send(std::move(request), std::move(frame), options_.request_deadline);
  }
  return answer;
}

Result<JoinedChannel> Session::State::WaitForPersonalChannel() {
  std::unique_lock lock(mutex_);
  personal_or_end_.wait_for(lock, options_.request_deadline,
                            [this] { return personal_.has_value() || ended_; });
  if (personal_) return *personal_;
  return ended_ ? *parting_error_ : TimedOut("the join of the personal channel");
}

std::future<std::optional<Error>> Session::State::Leave(const ChannelName& channel) {
  v1::ClientFrame frame;
  frame.mutable_leave()->set_channel(channel.value());
  LeaveRequest request;
  std::future<std::optional<Error>> answer = request.answer.get_future();
  if (const std::optional<Error> refused = CheckChannel(channel)) {
    request.answer.set_value(refused);
  } else {
    Send(std::move(request), std::move(frame), options_.request_deadline);
  }
  return answer;
}

std::future<PublishResult> Session::State::Publish(Publication publication) {
  if (publication.id.empty()) publication.id = NewMessageId();
  Request request = PublishRequest{.channel = publication.channel, .id = publication.id};
  std::future<PublishResult> answer = std::get<PublishRequest>(request).answer.get_future();
  if (const std::optional<Error> refused = CheckPublication(publication)) {
    Fail(request, *refused, Outcome::kNotStored);
    return answer;
  }
  v1::ClientFrame frame;
  ToWire(publication, *frame.mutable_publish());
  Send(std::move(request), std::move(frame), options_.publish_deadline);
  return answer;
}

void Session::State::Send(Request request, v1::ClientFrame frame, Duration deadline) {
  const TimePoint due = clock_.Now() + deadline;
  std::uint64_t ref = 0;
  {
    const std::lock_guard lock(mutex_);
    if (const std::optional<Error> busy = Busy(request)) {
      return Fail(request, *busy, Outcome::kNotStored);
    }
    ref = requests_.Add(std::move(request), due);
  }
  frame.set_ref(ref);
  if (stream_.Write(std::move(frame), due)) return;

  const std::lock_guard lock(mutex_);
  if (std::optional<Request> unsent = requests_.Take(ref)) {
    const Error closed{.code = kClosed, .message = "the session has ended"};
    Fail(*unsent, parting_error_.value_or(closed), Outcome::kNotStored);
  }
}

std::optional<Error> Session::State::Busy(const Request& request) const {
  const bool is_publish = std::holds_alternative<PublishRequest>(request);
  const bool publishes_full = is_publish && info_.publishes_in_flight_max > 0 &&
                              requests_.publishes() >= info_.publishes_in_flight_max;
  if (!publishes_full && requests_.size() < options_.requests_in_flight_max) return std::nullopt;
  return ErrorOf(v1::ERROR_BUSY, "too many requests are without an answer: wait for some first");
}

PositionToken Session::State::LastPosition(const ChannelName& channel) const {
  const std::lock_guard lock(mutex_);
  return positions_.Last(channel);
}

SessionCounters Session::State::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

void Session::State::Close() {
  std::vector<ChannelName> channels;
  {
    const std::lock_guard lock(mutex_);
    const Error closed{.code = kClosed, .message = "this side closed the session"};
    if (!parting_error_) parting_error_ = closed;
    channels = positions_.Channels();
  }
  // A half-closed stream goes on as long as it is in a channel other than the personal one.
  for (const ChannelName& channel : channels) {
    if (channel == personal_channel_) continue;
    v1::ClientFrame frame;
    frame.mutable_leave()->set_channel(channel.value());
    if (!stream_.Write(std::move(frame), TimePoint::max())) break;
  }
  stream_.Close(options_.close_deadline);
}

bool Session::State::MayRead() { return !events_.IsFull(); }

TimePoint Session::State::OnTime(TimePoint now) {
  const std::lock_guard lock(mutex_);
  for (Request& request : requests_.TakeDue(now)) {
    Fail(request, TimedOut("the request"), Outcome::kUnknown);
  }
  return requests_.NextDue();
}

void Session::State::OnEnd(const CallFailure& failure, const std::vector<std::uint64_t>& unsent) {
  Error error;
  {
    const std::lock_guard lock(mutex_);
    if (!parting_error_) parting_error_ = failure.error;
    error = *parting_error_;
    ended_ = true;
    personal_or_end_.notify_all();
    for (auto& [ref, request] : requests_.TakeAll()) {
      const bool was_sent = std::ranges::find(unsent, ref) == unsent.end();
      Fail(request, error, was_sent ? Outcome::kUnknown : Outcome::kNotStored);
    }
  }
  events_.End(std::move(error));
}

}  // namespace parley::client
