#pragma once

#include <string>
#include <vector>

namespace parley::test {

// What the tests of this run are given.
struct Surroundings {
  bool real_brokers = false;
  bool three_brokers_under_control = false;
};

// A test that does not run everywhere.
struct Exception {
  enum class Needs { kEmbeddedBroker, kRealBrokers, kThreeBrokersUnderControl };

  const char* tests;  // A pattern of --gtest_filter.
  Needs needs;
  const char* reason;
};

// The whole table, and what of it does not run here.
const std::vector<Exception>& AllExceptions();
[[nodiscard]] std::vector<Exception> ExceptionsIn(const Surroundings& surroundings);

// `filter` (as of --gtest_filter) without those tests.
[[nodiscard]] std::string Without(const std::vector<Exception>& exceptions, std::string filter);

}  // namespace parley::test
