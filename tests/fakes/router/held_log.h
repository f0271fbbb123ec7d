#pragma once

#include <vector>

#include "services/router/ports.h"

namespace parley::router {

// Holds what was asked of the log until the test answers.
class HeldLog final : public LogPort {
 public:
  struct Produced {
    RequestId id;
    Offset offset;
  };
  std::vector<HistoryRequest> history;
  std::vector<Produced> produced;
  std::vector<Offset> commits;

  void StartReading(Partition, RequestId, std::optional<Offset>) override {}
  void StopReading(Partition) override {}
  void ReadHistory(const HistoryRequest& request) override { history.push_back(request); }
  void AskBounds(Partition) override {}
  void Commit(Partition, Offset next) override { commits.push_back(next); }
  void Produce(RequestId id, Partition, const SetAside& record) override {
    produced.push_back({id, record.offset});
  }
};

}  // namespace parley::router
