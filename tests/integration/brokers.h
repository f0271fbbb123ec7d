#pragma once

#include <string>
#include <vector>

namespace parley::test {

// What the test program was given with `--brokers`; empty: each cluster has an embedded broker of
// its own.
const std::string& GivenBrokers();

// What it was given with `--kafka-control`: the command, in words, that kills and starts the nodes
// of those brokers, e.g. `python3 tests/kafka/kafka.py --dir DIR`. Empty when nothing may.
const std::vector<std::string>& GivenKafkaControl();

}  // namespace parley::test
