#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "services/common/kafka/topics.h"
#include "tests/integration/brokers.h"
#include "tests/integration/exceptions.h"

namespace parley::test {
namespace {

constexpr std::chrono::seconds kTopicsWithin{60};
constexpr std::ptrdiff_t kQuorumSize = 3;

struct Given {
  std::string brokers;
  std::vector<std::string> kafka_control;
  bool only_exceptions = false;
};

Given& TheGiven() {
  static Given given;
  return given;
}

std::vector<std::string> Words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::ptrdiff_t BrokerCount() {
  const std::string& brokers = GivenBrokers();
  return brokers.empty() ? 0 : 1 + std::count(brokers.begin(), brokers.end(), ',');
}

bool MakeTopics() {
  const kafka::TopicsReport report =
      kafka::EnsureTopics({.brokers = GivenBrokers(), .properties = {}}, {}, kTopicsWithin);
  for (const std::string& line : report.lines) std::printf("topics: %s\n", line.c_str());
  return report.ok;
}

void PrintExceptions(const std::vector<Exception>& exceptions) {
  for (const Exception& exception : exceptions) {
    std::printf("not run here: %s: %s\n", exception.tests, exception.reason);
  }
}

// The last line of the output; `./dev test` shows it in its summary.
void PrintCounts(const std::vector<Exception>& exceptions) {
  const testing::UnitTest& run = *testing::UnitTest::GetInstance();
  std::printf("%d/%d passed; %zu exceptions\n", run.successful_test_count(),
              run.test_to_run_count(), exceptions.size());
}

int Run() {
  const Surroundings surroundings{
      .real_brokers = BrokerCount() > 0,
      .three_brokers_under_control = BrokerCount() >= kQuorumSize && !GivenKafkaControl().empty()};
  const std::vector<Exception> exceptions = ExceptionsIn(surroundings);
  testing::GTEST_FLAG(filter) = Without(exceptions, testing::GTEST_FLAG(filter));
  if (TheGiven().only_exceptions) {
    PrintExceptions(exceptions);
    return 0;
  }
  // ctest reads this list.
  if (testing::GTEST_FLAG(list_tests)) return RUN_ALL_TESTS();
  if (surroundings.real_brokers && !MakeTopics()) return 1;
  const int failed = RUN_ALL_TESTS();
  PrintExceptions(exceptions);
  PrintCounts(exceptions);
  return failed;
}

}  // namespace

const std::string& GivenBrokers() { return TheGiven().brokers; }
const std::vector<std::string>& GivenKafkaControl() { return TheGiven().kafka_control; }

}  // namespace parley::test

// tests/integration/README.md has the options.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  auto& given = parley::test::TheGiven();
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    const bool has_value = i + 1 < argc;
    if (option == "--exceptions") given.only_exceptions = true;
    if (option == "--brokers" && has_value) given.brokers = argv[i + 1];
    if (option == "--kafka-control" && has_value) {
      given.kafka_control = parley::test::Words(argv[i + 1]);
    }
  }
  return parley::test::Run();
}
