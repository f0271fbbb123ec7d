#pragma once

#include <set>
#include <string>

namespace parley::test {

// The nodes of the real brokers that this run was given, 1 to 3. Whatever was killed is started
// again when the test is done with them. Throws std::runtime_error with what the control command
// complained of.
class KafkaNodes final {
 public:
  KafkaNodes() = default;
  ~KafkaNodes();
  KafkaNodes(const KafkaNodes&) = delete;
  KafkaNodes& operator=(const KafkaNodes&) = delete;

  void Kill(int node);  // With SIGKILL.
  void StartKilled();   // Together, and waits until they work.

 private:
  std::set<int> killed_;
};

}  // namespace parley::test
