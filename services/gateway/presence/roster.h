#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "services/common/clock.h"
#include "services/common/log.h"
#include "services/common/rpc/loop.h"
#include "services/gateway/hub/roster_port.h"
#include "services/gateway/presence/presence_questions.h"
#include "services/gateway/presence/replicas.h"
#include "services/gateway/presence/roster_config.h"
#include "services/gateway/presence/roster_stream.h"

namespace parley::gateway {

// What the gateway knows from presence: one stream to one replica for the rosters that are watched,
// which also answers who is in them, and questions for everything else. When a replica fails, the
// next one is asked; while all are away nothing is told, and it goes on when one is back. The first
// that a listener hears of a channel is its count, then who comes and who goes.
//
// Its functions may be called from any thread; it lives on the loop, and so do `done` and the
// listeners' `OnRoster`. Listeners live until the roster has ended. Made and ended off its loop,
// while the loop runs; what is unanswered then stays so.
class Roster final : public RosterPort {
 public:
  Roster(RosterConfig config, rpc::Loop& loop, const Clock& clock, const Logger& logger,
         prometheus::Registry& registry);
  ~Roster() override;

  void Watch(RosterListener& listener, const ChannelName& channel) override;
  void Unwatch(RosterListener& listener, const ChannelName& channel) override;
  void Members(const ChannelName& channel, std::uint32_t limit,
               std::function<void(std::optional<RosterReply>)> done) override;
  void List(const std::string& prefix, std::uint32_t limit,
            std::function<void(std::optional<ChannelListReply>)> done) override;

 private:
  const RosterConfig config_;
  rpc::Loop& loop_;
  prometheus::Gauge& connected_;

  // On the loop.
  Replicas replicas_;
  std::unique_ptr<RosterStream> stream_;
  std::shared_ptr<PresenceQuestions> questions_;
};

}  // namespace parley::gateway
