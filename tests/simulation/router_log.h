#pragma once

#include <map>
#include <optional>
#include <string>

#include "services/router/ports.h"
#include "services/router/router_core.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/dice.h"
#include "tests/simulation/group.h"
#include "tests/simulation/process.h"

namespace parley::simulation {

// The log as one router sees it: everything is answered later, in whatever order it comes, and not
// while a partition is without a leader.
class RouterLog final : public router::LogPort {
 public:
  RouterLog(Scheduler& scheduler, Dice& dice, Broker& broker, Group& group, Process& process,
            std::string member, std::int64_t look_back_ms);

  // The core that hears the answers. It is told nothing before.
  void Connect(router::RouterCore& core) { core_ = &core; }

  void StartReading(Partition partition, router::RequestId reading,
                    std::optional<Offset> at) override;
  void StopReading(Partition partition) override { readings_.erase(partition); }
  void ReadHistory(const router::HistoryRequest& request) override;
  void AskBounds(Partition partition) override;
  void Commit(Partition partition, Offset next) override;
  void Produce(router::RequestId id, Partition partition, const router::SetAside& record) override;

 private:
  struct Reading {
    router::RequestId id = 0;
    std::optional<Offset> at;
    Offset next = 0;
  };

  Reading* Find(Partition partition, router::RequestId id);
  void Begin(Partition partition, router::RequestId id);
  void Fetch(Partition partition, router::RequestId id);
  void AwaitMore(Partition partition, const Reading& reading);
  void AnswerHistory(const router::HistoryRequest& request);
  Duration Latency();

  Scheduler& scheduler_;
  Dice& dice_;
  Broker& broker_;
  Group& group_;
  Process& process_;
  const std::string member_;
  const std::int64_t look_back_ms_;
  router::RouterCore* core_ = nullptr;
  std::map<Partition, Reading> readings_;
};

}  // namespace parley::simulation
