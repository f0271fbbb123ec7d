#include "services/gateway/presence/announcer.h"

#include <mutex>
#include <optional>
#include <utility>

#include "services/common/connection_event.h"
#include "services/common/kafka/client_config.h"
#include "services/common/position.h"
#include "services/common/rpc/loop.h"
#include "services/gateway/presence/announcer_metrics.h"
#include "services/gateway/presence/session_ledger.h"

namespace parley::gateway {

using Type = ConnectionEvent::Type;

namespace {

// Sessions that have news wait while it is told.
constexpr std::size_t kToldAtOnce = 200;

}  // namespace

class Announcer::State final : public std::enable_shared_from_this<State> {
 public:
  State(const AnnouncerConfig& config, EventLog& log, const Clock& clock, const Logger& logger,
        prometheus::Registry& registry)
      : config_(config),
        partition_(PartitionOf(ChannelName(config.server.value()), config.partitions)),
        log_(log),
        clock_(clock),
        logger_(logger),
        metrics_(registry),
        ledger_(config.departed_max) {}

  const AnnouncerConfig& config() const { return config_; }

  template <class Change>
  void Note(const Change& change) {
    const std::lock_guard lock(mutex_);
    if (silent_) return;
    change(ledger_);
  }

  void Tick();
  void Drain();
  void SayGone();
  std::optional<SessionsPart> Snapshot(const SessionId& after);
  // Nothing is used or said after it returns.
  void Close();

 private:
  void Beat();
  // False: all is told, or no more can be.
  [[nodiscard]] bool Tell(std::size_t records_max);

  // All with the mutex held.
  [[nodiscard]] bool TellLocked(std::size_t records_max);
  bool SayLocked(Type type);
  bool AppendLocked(ConnectionEvent event, std::optional<SessionNews> news);
  void ReportLocked();

  void OnReport(const kafka::Delivery& delivery, const std::optional<SessionNews>& news);

  const AnnouncerConfig config_;
  const Partition partition_;
  EventLog& log_;
  const Clock& clock_;
  const Logger& logger_;
  AnnouncerMetrics metrics_;

  std::mutex mutex_;
  // Guarded by mutex_.
  SessionLedger ledger_;
  std::uint64_t revision_ = 0;
  std::size_t in_flight_ = 0;
  bool beat_in_flight_ = false;  // One is enough while Kafka does not answer.
  TimePoint beat_at_{};
  bool draining_ = false;
  bool silent_ = false;  // `gone` is said, or the announcer has ended.
  bool closed_ = false;  // Its references may be gone.
  // The last report was of a failure. Nobody expects presence to know a gateway that has yet to
  // reach Kafka.
  bool failing_ = true;
  std::uint64_t forgotten_ = 0;
};

void Announcer::State::Tick() {
  Beat();
  while (Tell(kToldAtOnce)) {
  }
}

void Announcer::State::Beat() {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.Now();
  if (silent_ || beat_in_flight_) return;
  if (beat_at_ != TimePoint() && now - beat_at_ < config_.heartbeat_interval) return;
  if (SayLocked(draining_ ? Type::kDraining : Type::kHeartbeat)) beat_at_ = now;
}

bool Announcer::State::Tell(std::size_t records_max) {
  const std::lock_guard lock(mutex_);
  return !silent_ && TellLocked(records_max);
}

void Announcer::State::Drain() {
  const std::lock_guard lock(mutex_);
  if (silent_ || std::exchange(draining_, true)) return;
  static_cast<void>(SayLocked(Type::kDraining));  // The next heartbeat says it again.
}

void Announcer::State::SayGone() {
  const std::lock_guard lock(mutex_);
  if (silent_) return;
  static_cast<void>(TellLocked(config_.in_flight_max));
  if (!SayLocked(Type::kGone))
    logger_.Warn("presence is not told that this gateway is gone; it will notice");
  silent_ = true;
}

std::optional<SessionsPart> Announcer::State::Snapshot(const SessionId& after) {
  const std::lock_guard lock(mutex_);
  if (silent_) return std::nullopt;
  return SessionsPart{config_.server, config_.epoch, revision_,
                      ledger_.WhatWasTold(after, config_.names_max)};
}

void Announcer::State::Close() {
  const std::lock_guard lock(mutex_);
  silent_ = true;
  closed_ = true;
}

bool Announcer::State::TellLocked(std::size_t records_max) {
  std::size_t told = 0;
  while (told < records_max && in_flight_ < config_.in_flight_max) {
    const std::optional<SessionNews> news = ledger_.Next();
    if (!news) break;
    ConnectionEvent event;
    event.type = news->type;
    event.user = news->user;
    event.session = news->session;
    event.channel = news->channel;
    event.revision = revision_ + 1;
    if (!AppendLocked(std::move(event), news)) break;
    ++revision_;
    ledger_.Told();
    ++told;
  }
  ReportLocked();
  return told == records_max;
}

bool Announcer::State::SayLocked(Type type) {
  ConnectionEvent event;
  event.type = type;
  event.revision = revision_;
  event.link_address = config_.link_address;
  event.grpc_address = config_.grpc_address;
  event.sessions = static_cast<std::uint32_t>(ledger_.sessions());
  if (!AppendLocked(std::move(event), std::nullopt)) return false;
  beat_in_flight_ = true;
  return true;
}

bool Announcer::State::AppendLocked(ConnectionEvent event, std::optional<SessionNews> news) {
  event.server = config_.server;
  event.epoch = config_.epoch;
  event.time_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.SinceUnixEpoch()).count();
  kafka::OutgoingRecord record;
  record.topic = kafka::kUserConnectionsTopic;
  record.partition = partition_;
  record.key = config_.server.value();
  record.value = ToJson(event);
  const auto accepted = log_.Append(
      std::move(record), [weak = weak_from_this(), news](const kafka::Delivery& delivery) {
        if (const auto state = weak.lock()) state->OnReport(delivery, news);
      });
  if (accepted != kafka::Accepted::kYes) return false;
  ++in_flight_;
  return true;
}

void Announcer::State::OnReport(const kafka::Delivery& delivery,
                                const std::optional<SessionNews>& news) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  --in_flight_;
  if (!news) beat_in_flight_ = false;
  const bool failed = delivery.outcome != kafka::StoreOutcome::kStored;
  (failed ? metrics_.failed : metrics_.stored).Increment();
  if (failed && news) ledger_.Doubt(news->session, news->user);
  if (failed == failing_) return;
  failing_ = failed;
  if (failed) {
    logger_.Warn("presence cannot be told of this gateway", {{"reason", delivery.reason}});
  } else {
    logger_.Info("presence is told of this gateway");
  }
}

void Announcer::State::ReportLocked() {
  metrics_.pending.Set(static_cast<double>(ledger_.pending()));
  const std::uint64_t forgotten = ledger_.forgotten();
  if (forgotten == forgotten_) return;
  metrics_.forgotten.Increment(static_cast<double>(forgotten - forgotten_));
  forgotten_ = forgotten;
}

Announcer::Announcer(const AnnouncerConfig& config, EventLog& log, const Clock& clock,
                     const Logger& logger, prometheus::Registry& registry)
    : state_(std::make_shared<State>(config, log, clock, logger, registry)) {}

Announcer::~Announcer() { state_->Close(); }

void Announcer::RunOn(rpc::Loop& loop) {
  const Duration interval = state_->config().tell_interval;
  loop.Post([&loop, interval, weak = std::weak_ptr(state_)] {
    const auto tick = [weak] {
      if (const auto state = weak.lock()) state->Tick();
    };
    tick();
    loop.Every(interval, tick);
  });
}

void Announcer::Tick() { state_->Tick(); }

void Announcer::Connected(const SessionId& session, const UserId& user) {
  state_->Note([&](SessionLedger& ledger) { ledger.Connected(session, user); });
}

void Announcer::Joined(const SessionId& session, const UserId&, const ChannelName& channel) {
  state_->Note([&](SessionLedger& ledger) { ledger.Joined(session, channel); });
}

void Announcer::Left(const SessionId& session, const UserId&, const ChannelName& channel) {
  state_->Note([&](SessionLedger& ledger) { ledger.Left(session, channel); });
}

void Announcer::Disconnected(const SessionId& session, const UserId&) {
  state_->Note([&](SessionLedger& ledger) { ledger.Disconnected(session); });
}

void Announcer::Drain() { state_->Drain(); }

void Announcer::SayGone() { state_->SayGone(); }

std::function<std::optional<SessionsPart>(const SessionId&)> Announcer::Snapshots() const {
  return [weak = std::weak_ptr(state_)](const SessionId& after) -> std::optional<SessionsPart> {
    const auto state = weak.lock();
    return state ? state->Snapshot(after) : std::nullopt;
  };
}

}  // namespace parley::gateway
