#include "services/gateway/presence/roster_stream.h"

#include <algorithm>
#include <utility>

namespace parley::gateway {

RosterStream::RosterStream(const RosterConfig& config, rpc::Loop& loop, Replicas& replicas,
                           const Logger& logger, prometheus::Gauge& connected)
    : config_(config),
      loop_(loop),
      replicas_(replicas),
      logger_(logger),
      connected_gauge_(connected),
      retry_delay_(config.retry_first) {
  if (replicas_.size() > 0) Begin();
}

RosterStream::~RosterStream() { loop_.Cancel(retry_); }

void RosterStream::Watch(RosterListener& listener, const ChannelName& channel) {
  watched_.Watch(listener, channel);
  Ask();
}

void RosterStream::Unwatch(RosterListener& listener, const ChannelName& channel) {
  watched_.Unwatch(listener, channel);
  Ask();
}

// A new connection each time: one that gRPC has given up on would be tried again only after its own
// backoff.
void RosterStream::Begin() {
  retry_ = 0;
  replica_ = replicas_.preferred();
  call_.emplace(loop_, rpc::Connect(replicas_.AddressOf(replica_)),
                "/parley.internal.v1.Presence/Watch", *this);
}

void RosterStream::OnStarted() {
  started_ = true;
  watched_.Restart();
  Ask();
}

void RosterStream::OnMessage(rpc::Bytes message) {
  internal::v1::RosterUpdate update;
  if (!rpc::Decode(message, update)) return;
  SetConnected(true);
  for (const WatchedChannels::Telling& telling : watched_.Apply(update)) {
    for (RosterListener* const listener : telling.listeners) listener->OnRoster(telling.change);
  }
}

void RosterStream::OnWritten() { Ask(); }

void RosterStream::OnDone(const grpc::Status& status) {
  call_.reset();
  started_ = false;
  SetConnected(false);
  if (!std::exchange(said_lost_, true)) {
    logger_.Warn("no rosters from presence",
                 {{"replica", replicas_.AddressOf(replica_)}, {"reason", status.error_message()}});
  }
  replicas_.Failed(replica_);
  retry_ = loop_.After(retry_delay_, [this] { Begin(); });
  retry_delay_ = std::min(retry_delay_ * 2, config_.retry_longest);
}

void RosterStream::Ask() {
  if (!started_ || call_->writing()) return;
  if (const auto request = watched_.TakeRequest(config_.request_channels_max)) {
    call_->Write(rpc::Encode(*request));
  }
}

void RosterStream::SetConnected(bool connected) {
  if (connected == connected_) return;
  connected_ = connected;
  connected_gauge_.Set(connected ? 1 : 0);
  if (!connected) return;
  retry_delay_ = config_.retry_first;
  said_lost_ = false;
  logger_.Info("rosters come from presence", {{"replica", replicas_.AddressOf(replica_)}});
}

}  // namespace parley::gateway
