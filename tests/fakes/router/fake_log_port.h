#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "services/router/ports.h"
#include "services/router/router_core.h"
#include "tests/fakes/router/fake_topic.h"

namespace parley::router {

// What the fake logs of several routers share besides the topic: what was committed, and the dead
// letters.
struct FakeGroup {
  std::map<Partition, Offset> committed;
  std::vector<std::pair<Partition, Offset>> dead_letters;  // Where they came from.
};

// The log as one router sees it. Nothing is answered until `Step`, which answers one thing, chosen
// by the seed.
class FakeLogPort final : public LogPort {
 public:
  FakeLogPort(FakeTopic& topic, FakeGroup& group, std::int64_t look_back_ms)
      : topic_(topic), group_(group), look_back_ms_(look_back_ms) {}

  // Levers.
  void FailHistory(int times) { history_failures_ = times; }
  void FailProduces(int times) { produce_failures_ = times; }
  void CorkHistory(bool corked) { history_corked_ = corked; }
  void CorkTail(bool corked) { tail_corked_ = corked; }

  // False when there was nothing to do. `batch_max` is how many records come at a time.
  bool Step(RouterCore& core, std::mt19937& random, std::size_t batch_max, std::int64_t now_ms,
            TimePoint now);

  bool Reading(Partition partition) const { return tails_.contains(partition); }
  std::size_t history_requests() const { return history_requests_; }

  void StartReading(Partition partition, RequestId reading, std::optional<Offset> at) override;
  void StopReading(Partition partition) override { tails_.erase(partition); }
  void ReadHistory(const HistoryRequest& request) override;
  void AskBounds(Partition partition) override { bounds_.push_back(partition); }
  void Commit(Partition partition, Offset next) override { group_.committed[partition] = next; }
  void Produce(RequestId id, Partition partition, const SetAside& record) override;

 private:
  struct TailReading {
    RequestId id = 0;
    std::optional<Offset> at;
    bool begun = false;
    Offset next = 0;
  };
  struct Produced {
    RequestId id;
    Partition partition;
    SetAside record;
  };

  bool StepTail(RouterCore& core, Partition partition, std::size_t batch_max, std::int64_t now_ms,
                TimePoint now);
  void StepHistory(RouterCore& core, std::size_t batch_max, TimePoint now);
  void StepBounds(RouterCore& core, TimePoint now);
  void StepProduce(RouterCore& core, std::int64_t now_ms, TimePoint now);

  FakeTopic& topic_;
  FakeGroup& group_;
  const std::int64_t look_back_ms_;
  int history_failures_ = 0;
  int produce_failures_ = 0;
  bool history_corked_ = false;
  bool tail_corked_ = false;
  std::size_t history_requests_ = 0;
  std::map<Partition, TailReading> tails_;
  std::deque<HistoryRequest> history_;
  std::deque<Partition> bounds_;
  std::deque<Produced> produced_;
};

}  // namespace parley::router
