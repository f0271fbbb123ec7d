#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/presence/given.h"

namespace parley::presence_test {
namespace {

std::string& Brokers() {
  static std::string brokers;
  return brokers;
}

}  // namespace

const std::string& GivenBrokers() { return Brokers(); }

std::string Fresh(const std::string& stem) {
  static std::atomic<int> next = 0;
  return stem + "-" + std::to_string(getpid()) + "-" + std::to_string(++next);
}

}  // namespace parley::presence_test

// README.md has the options.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) == "--brokers") parley::presence_test::Brokers() = argv[i + 1];
  }
  if (parley::presence_test::GivenBrokers().empty()) {
    std::fprintf(stderr, "presence_processes --brokers HOST:PORT,...\n");
    return 2;
  }
  return RUN_ALL_TESTS();
}
