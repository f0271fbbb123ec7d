#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>

#include "tests/presence/given.h"

namespace parley::presence_test {
namespace {

struct Given {
  std::string brokers;
  bool quiet = false;
};

Given& TheGiven() {
  static Given given;
  return given;
}

bool Parse(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--quiet") {
      TheGiven().quiet = true;
    } else if (option == "--brokers" && i + 1 < argc) {
      TheGiven().brokers = argv[++i];
    } else {
      return false;
    }
  }
  return !TheGiven().brokers.empty();
}

int Run() {
  const int failed = RUN_ALL_TESTS();
  // `./dev test` shows the last line.
  const testing::UnitTest& run = *testing::UnitTest::GetInstance();
  std::printf("%d/%d passed\n", run.successful_test_count(), run.test_to_run_count());
  return failed;
}

}  // namespace

const std::string& GivenBrokers() { return TheGiven().brokers; }

bool GivenQuiet() { return TheGiven().quiet; }

std::string Fresh(const std::string& stem) {
  static std::atomic<int> next = 0;
  return stem + "-" + std::to_string(getpid()) + "-" + std::to_string(++next);
}

}  // namespace parley::presence_test

// README.md has the options.
int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // A long run shows what it does.
  testing::InitGoogleTest(&argc, argv);
  if (!parley::presence_test::Parse(argc, argv)) {
    std::fprintf(stderr,
                 "presence_processes --brokers HOST:PORT,... [--quiet] [--gtest_filter=...]\n");
    return 2;
  }
  return parley::presence_test::Run();
}
