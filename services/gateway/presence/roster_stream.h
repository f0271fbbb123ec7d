#pragma once

#include <cstddef>
#include <optional>

#include <prometheus/gauge.h>

#include "services/common/log.h"
#include "services/common/rpc/client_call.h"
#include "services/common/rpc/loop.h"
#include "services/gateway/presence/replicas.h"
#include "services/gateway/presence/roster_config.h"
#include "services/gateway/presence/watched_channels.h"

namespace parley::gateway {

// The one stream to presence. When it ends it is begun anew, at the next replica, with backoff, and
// everything is asked again. On the roster's loop.
class RosterStream final : public rpc::CallListener {
 public:
  RosterStream(const RosterConfig& config, rpc::Loop& loop, Replicas& replicas,
               const Logger& logger, prometheus::Gauge& connected);
  // On the loop.
  ~RosterStream() override;

  void Watch(RosterListener& listener, const ChannelName& channel);
  void Unwatch(RosterListener& listener, const ChannelName& channel);
  // From the roster that is watched; nothing when there is none just now.
  [[nodiscard]] std::optional<RosterReply> Members(const ChannelName& channel,
                                                   std::uint32_t limit) const {
    return connected_ ? watched_.Members(channel, limit) : std::nullopt;
  }

 private:
  void OnStarted() override;
  void OnMessage(rpc::Bytes message) override;
  void OnWritten() override;
  void OnDone(const grpc::Status& status) override;

  void Begin();
  void Ask();
  void SetConnected(bool connected);

  const RosterConfig& config_;
  rpc::Loop& loop_;
  Replicas& replicas_;
  const Logger& logger_;
  prometheus::Gauge& connected_gauge_;

  WatchedChannels watched_;
  std::optional<rpc::ClientCall> call_;
  std::size_t replica_ = 0;  // Of the call.
  bool started_ = false;
  bool connected_ = false;  // Something was heard on this call.
  bool said_lost_ = false;
  Duration retry_delay_;
  rpc::Loop::TimerId retry_ = 0;
};

}  // namespace parley::gateway
