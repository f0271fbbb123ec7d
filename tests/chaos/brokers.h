#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace parley::chaos {

// The real brokers of a run, nodes 1 to 3, and the levers of tests/kafka/kafka.py on them. Throws
// std::runtime_error with what the control command complained of. Any thread.
class Brokers final {
 public:
  // `control`: the command, in words, e.g. `python3 tests/kafka/kafka.py --dir DIR`.
  Brokers(std::string addresses, std::vector<std::string> control);

  const std::string& addresses() const { return addresses_; }

  void Kill(const std::vector<int>& nodes) const;      // SIGKILL.
  void Stop(const std::vector<int>& nodes) const;      // SIGSTOP.
  void Continue(const std::vector<int>& nodes) const;  // SIGCONT.
  void Start(const std::vector<int>& nodes) const;     // Waits until all that run see them.

  // The node that leads a partition. Nothing when nobody answers, or nobody leads.
  [[nodiscard]] std::optional<int> Leader(const std::string& topic, int partition) const;
  [[nodiscard]] int Partitions(const std::string& topic) const;
  // The node that is the active controller: asked of the quorum, since in KRaft metadata names any
  // broker as controller.
  [[nodiscard]] std::optional<int> Controller() const;
  // Every replica of the topic is in sync.
  [[nodiscard]] bool InSync(const std::string& topic) const;
  [[nodiscard]] bool WaitInSync(const std::string& topic, std::chrono::milliseconds timeout) const;

 private:
  struct Partition {
    int leader = -1;
    bool in_sync = false;
  };
  struct Closer {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  };

  void Control(const std::vector<std::string>& lever, const std::vector<int>& nodes) const;
  std::map<int, Partition> Describe(const std::string& topic) const;

  const std::string addresses_;
  const std::vector<std::string> control_;
  std::unique_ptr<rd_kafka_t, Closer> client_;
};

}  // namespace parley::chaos
