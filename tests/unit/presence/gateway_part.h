#pragma once

#include <prometheus/registry.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "services/common/kafka/producer.h"
#include "services/common/rpc/server.h"
#include "services/gateway/presence/announcer.h"
#include "services/gateway/presence/snapshot_service.h"

namespace parley::presence {

// The log, with a lever: what it loses it says to have stored.
class LossyEventLog final : public gateway::EventLog {
 public:
  LossyEventLog(kafka::Producer& producer, rpc::Loop& loop) : log_(producer), loop_(loop) {}

  void Lose(bool lose) { lose_ = lose; }
  kafka::Accepted Append(kafka::OutgoingRecord record, kafka::Producer::Done done) override {
    if (!lose_) return log_.Append(std::move(record), std::move(done));
    loop_.Post([done = std::move(done)] {
      done({.outcome = kafka::StoreOutcome::kStored, .offset = 0, .reason = ""});
    });
    return kafka::Accepted::kYes;
  }

 private:
  gateway::KafkaEventLog log_;
  rpc::Loop& loop_;
  std::atomic<bool> lose_ = false;
};

// What a gateway has of presence.
class GatewayPart {
 public:
  GatewayPart(const std::string& id, std::int64_t epoch, const kafka::ClientConfig& kafka,
              const Logger& logger, Duration heartbeat_interval = std::chrono::milliseconds(100))
      : producer_(kafka, {kafka::kUserConnectionsTopic}, logger, *metrics_),
        log_(producer_, loop_) {
    link_server_.Start();
    gateway::AnnouncerConfig config;
    config.server = ServerId(id);
    config.epoch = epoch;
    config.link_address = link_server_.address();
    config.heartbeat_interval = heartbeat_interval;
    config.tell_interval = std::chrono::milliseconds(20);
    announcer_ = std::make_unique<gateway::Announcer>(config, log_, clock_, logger, *metrics_);
    announcer_->RunOn(loop_);
    snapshots_.Serve(announcer_->Snapshots());
  }
  ~GatewayPart() {
    announcer_.reset();
    loop_.Stop();
    link_server_.Stop(Duration::zero());
  }

  gateway::Announcer& announcer() { return *announcer_; }
  LossyEventLog& log() { return log_; }
  void Enter(const std::string& session, const std::string& user, const std::string& channel) {
    announcer_->Connected(SessionId(session), UserId(user));
    announcer_->Joined(SessionId(session), UserId(user), ChannelName(channel));
  }
  // As kill -9 does: not a word more.
  void Die() {
    announcer_.reset();
    link_server_.Stop(Duration::zero());
  }

 private:
  SystemClock clock_;
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  rpc::Server link_server_{{}};
  rpc::Loop loop_{"gateway"};
  gateway::SnapshotService snapshots_{{}, link_server_, loop_};
  kafka::Producer producer_;
  LossyEventLog log_;
  std::unique_ptr<gateway::Announcer> announcer_;
};

}  // namespace parley::presence
