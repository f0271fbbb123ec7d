#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "services/gateway/feed/feed.h"
#include "tests/unit/gateway/feed/walk/checked_hub.h"
#include "tests/unit/gateway/feed/walk/model_log.h"
#include "tests/unit/gateway/feed/walk/model_router.h"
#include "tests/unit/gateway/feed/walk/plant.h"

namespace parley::gateway::walk {

struct WalkResult {
  std::uint64_t messages = 0;
  std::uint64_t pages = 0;
  std::uint64_t losses = 0;
  FeedCounters counters;
};

// One seeded walk: the real feed between model routers (cut, slow, stopped, stale, mistaken) and
// hubs that check all they hear, on a log that is re-created now and then; then everything heals,
// and must be seen to work. Throws a Violation.
class FeedWalk final : private RouterSink {
 public:
  FeedWalk(std::uint64_t seed, Plant plant);

  WalkResult Run(int steps);

 private:
  void Send(LinkId link, const GatewayFrame& frame) override;
  void Close(LinkId link, LinkEnd why) override;

  int Pick(int below) { return static_cast<int>(random_() % static_cast<std::uint64_t>(below)); }
  Partition PickPartition() { return static_cast<Partition>(Pick(log_.partitions())); }
  const ChannelName& PickChannel();
  CheckedHub& PickHub() {
    return *hubs_[static_cast<std::size_t>(Pick(static_cast<int>(hubs_.size())))];
  }
  ModelRouter& PickRouter() {
    return *routers_[static_cast<std::size_t>(Pick(static_cast<int>(routers_.size())))];
  }

  void Step();
  void Pass(int milliseconds);
  void RecreateLog();
  void LinkFault();
  void RouterMistake();
  void JoinOrLeave();
  void ReadSome();
  void Connect(ModelRouter& router);
  void Claim(ModelRouter& router);
  // Carries one frame from a router into the feed.
  void Carry(ModelRouter& router);
  void CarryFromReplaced();
  void Bend(LinkId& link, RouterFrame& frame);

  void Heal();
  void Settle(int milliseconds);

  Random random_;
  const Plant plant_;
  TimePoint now_{std::chrono::hours(1)};
  ModelLog log_;
  Feed feed_;
  std::vector<std::unique_ptr<ModelRouter>> routers_;
  std::vector<std::unique_ptr<CheckedHub>> hubs_;
  std::uint64_t last_link_ = 0;
  // What links that the feed has given up had under way.
  std::deque<std::pair<LinkId, RouterFrame>> replaced_;

  // What the feed asked last, for the plants.
  struct Asked {
    std::uint64_t serve = 0;
    LinkId link{};
    bool blind = false;      // The feed must not see where this serve begins.
    bool delivered = false;  // Something of the partition was handed on since it was first wanted.
  };
  std::map<Partition, Asked> asked_;
};

}  // namespace parley::gateway::walk
