#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "services/common/clock.h"
#include "services/common/rpc/loop.h"
#include "services/presence/registry/snapshot.h"

namespace parley::presence {

struct GatewaySnapshotsConfig {
  Duration silence_max = std::chrono::seconds(2);  // Before the first page and between two.
  Duration time_max = std::chrono::seconds(30);    // Of one snapshot.
  std::size_t bytes_max = std::size_t{512} << 20;  // Of all that are under way.
};

// Asks gateways for their sessions, where routers dial them. On the loop.
class GatewaySnapshots final {
 public:
  using Done = std::function<void(const SnapshotAnswer&)>;

  // `done` runs on the loop, once for each `Ask`, unless this ends first.
  GatewaySnapshots(GatewaySnapshotsConfig config, rpc::Loop& loop, Done done);
  ~GatewaySnapshots();

  void Ask(const SnapshotTarget& target);

 private:
  class Question;

  void Finish(std::uint64_t question, SnapshotAnswer answer);

  const GatewaySnapshotsConfig config_;
  rpc::Loop& loop_;
  const Done done_;
  std::map<std::uint64_t, std::unique_ptr<Question>> questions_;
  std::uint64_t last_question_ = 0;
  std::size_t bytes_ = 0;  // Of what the questions have got so far.
};

}  // namespace parley::presence
