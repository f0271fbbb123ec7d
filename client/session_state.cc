#include "client/session_state.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <grpcpp/channel.h>

#include "client/connection.h"
#include "client/errors.h"

namespace parley::client {
Session::State::State(const Options& options, const PositionToken& personal_after)
    : options_(options),
      events_(options.events_max, options.event_bytes_max, [this] { ResumeReading(); }),
      core_(options, personal_after, options.seed ? *options.seed : NewSeed(), clock_.Now()) {}

Session::State::~State() { Close(); }

std::optional<Error> Session::State::Open() {
  std::future<std::optional<Error>> opened = core_.Opened();
  thread_ = std::thread([this] { Run(); });
  return opened.get();
}

SessionInfo Session::State::info() const {
  const std::lock_guard lock(mutex_);
  return core_.info();
}

std::future<Result<JoinedChannel>> Session::State::Join(const ChannelName& channel,
                                                        const PositionToken& after) {
  const std::lock_guard lock(mutex_);
  auto joined = core_.Join(channel, after, clock_.Now());
  Flush();
  return joined;
}

Result<JoinedChannel> Session::State::WaitForPersonalChannel() const {
  const std::shared_future<Result<JoinedChannel>> joined = core_.personal();
  const auto state = joined.wait_for(options_.request_deadline);
  return state == std::future_status::ready ? joined.get()
                                            : TimedOut("the join of the personal channel");
}

std::future<std::optional<Error>> Session::State::Leave(const ChannelName& channel) {
  const std::lock_guard lock(mutex_);
  auto left = core_.Leave(channel, clock_.Now());
  Flush();
  return left;
}

std::future<PublishResult> Session::State::Publish(Publication publication) {
  const std::lock_guard lock(mutex_);
  auto stored = core_.Publish(std::move(publication), clock_.Now());
  Flush();
  return stored;
}

PositionToken Session::State::LastPosition(const ChannelName& channel) const {
  const std::lock_guard lock(mutex_);
  return core_.LastPosition(channel);
}

SessionCounters Session::State::counters() const {
  const std::lock_guard lock(mutex_);
  return core_.counters();
}

void Session::State::Close() {
  {
    const std::lock_guard lock(mutex_);
    core_.Close();
    Flush();
    if (stream_ != nullptr && core_.is_welcome()) {
      stream_->Close(options_.close_deadline);
    } else if (stream_ != nullptr) {
      stream_->Cancel();
    }
  }
  const std::lock_guard lock(joining_);
  if (thread_.joinable()) thread_.join();
}

void Session::State::Run() {
  while (const std::optional<std::string> server = WaitForAttempt()) Serve(*server);
  events_.End(*core_.ended());
}

std::optional<std::string> Session::State::WaitForAttempt() {
  std::unique_lock lock(mutex_);
  if (core_.ended()) return std::nullopt;
  const Reconnect::Attempt attempt = core_.NextAttempt();
  Flush();
  const TimePoint until = clock_.Now() + attempt.wait;
  for (TimePoint now = clock_.Now(); now < until; now = clock_.Now()) {
    changed_.wait_until(lock, std::min(until, core_.NextDue(now)));
    if (core_.ended()) return std::nullopt;
    core_.OnTime(clock_.Now());
    Flush();
  }
  return attempt.server;
}

void Session::State::Serve(const std::string& server) {
  const auto channel = MakeChannel(server);
  const auto stub = v1::Chat::NewStub(channel);
  Stream stream(*stub, clock_, *this);
  {
    const std::lock_guard lock(mutex_);
    if (core_.ended()) return;
    stream_ = &stream;
    core_.OnStreamBegin(clock_.Now());
    Flush();
  }
  StreamEnd end{.failure = stream.Run()};
  const std::lock_guard lock(mutex_);
  stream_ = nullptr;
  end.was_connected = stream.was_connected();
  end.unsent = stream.TakeUnsent();
  core_.OnStreamEnd(end, clock_.Now());
  Flush();
}

void Session::State::Flush() {
  SessionCore::Effects effects = core_.TakeEffects();
  for (Event& event : effects.events) events_.Push(std::move(event));
  if (stream_ == nullptr) {
    changed_.notify_all();
    return;
  }
  for (v1::ClientFrame& frame : effects.frames) stream_->Write(std::move(frame));
  if (effects.leaves_stream) stream_->Cancel();
  stream_->WakeBy(core_.NextDue(clock_.Now()));
}

void Session::State::OnConnected() {
  const std::lock_guard lock(mutex_);
  core_.OnConnected(clock_.Now());
}

void Session::State::OnFrame(v1::ServerFrame& frame) {
  const std::lock_guard lock(mutex_);
  core_.OnFrame(frame, clock_.Now());
  Flush();
}

bool Session::State::MayRead() {
  const std::lock_guard lock(mutex_);
  if (!events_.IsFull()) return true;
  core_.OnPaused();
  return false;
}

void Session::State::ResumeReading() {
  const std::lock_guard lock(mutex_);
  if (stream_ == nullptr) return;
  core_.OnReading(clock_.Now());
  stream_->ResumeReading();
}

TimePoint Session::State::OnTime(TimePoint now) {
  const std::lock_guard lock(mutex_);
  core_.OnTime(now);
  Flush();
  return core_.NextDue(now);
}

}  // namespace parley::client
