#include "tests/integration/kafka_nodes.h"

#include <cstdio>
#include <stdexcept>
#include <vector>

#include "tests/integration/brokers.h"
#include "tests/integration/child.h"

namespace parley::test {
namespace {

void Control(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = GivenKafkaControl();
  command.insert(command.end(), arguments.begin(), arguments.end());
  const Finished control = RunToEnd(command);
  if (control.exit_code != 0) throw std::runtime_error(control.errors);
}

}  // namespace

KafkaNodes::~KafkaNodes() {
  try {
    StartKilled();
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "the tests that follow lack brokers: %s\n", error.what());
  }
}

void KafkaNodes::Kill(int node) {
  Control({"kill", "-9", std::to_string(node)});
  killed_.insert(node);
}

void KafkaNodes::StartKilled() {
  if (killed_.empty()) return;
  std::vector<std::string> start = {"start"};
  for (const int node : killed_) start.push_back(std::to_string(node));
  Control(start);
  killed_.clear();
}

}  // namespace parley::test
