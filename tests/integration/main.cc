#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/integration/brokers.h"

namespace parley::test {
namespace {

std::string& Brokers() {
  static std::string brokers;
  return brokers;
}

}  // namespace

const std::string& GivenBrokers() { return Brokers(); }

}  // namespace parley::test

// The integration tests run on an embedded broker each, or all on the brokers given: `--brokers
// host:port,…`.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) == "--brokers") parley::test::Brokers() = argv[i + 1];
  }
  return RUN_ALL_TESTS();
}
