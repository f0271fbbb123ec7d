#include "tests/chaos/service_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>

#include "tests/chaos/loopback.h"

namespace parley::chaos {
namespace {

using std::chrono::seconds;

class ServiceProcessTest : public testing::Test {
 protected:
  // `script` is run by a shell, which takes the options that a service is given as its arguments.
  ServiceProcess::Spec Shell(const std::string& script) const {
    return {"shell", {"sh", "-c", script, "shell"}, FreePorts(1).front(), log_};
  }
  static void WaitUntilEnded(ServiceProcess& process) {
    while (process.Running()) std::this_thread::yield();
  }

  bool HasSpoken() const {
    std::error_code not_there_yet;
    const auto size = std::filesystem::file_size(log_, not_there_yet);
    return !not_there_yet && size > 0;
  }
  ~ServiceProcessTest() override { std::filesystem::remove(log_); }

  const std::string log_ = std::filesystem::temp_directory_path() /
                           ("parley-chaos-test-" + std::to_string(FreePorts(1).front()));
  Launcher launcher_;
};

TEST_F(ServiceProcessTest, WhatEndsByItselfHasCrashed) {
  ServiceProcess process(launcher_, Shell("exit 7"));
  process.Start();
  WaitUntilEnded(process);
  EXPECT_THAT(process.crashes(),
              testing::ElementsAre(testing::StartsWith("shell ended by itself with 7")));
}

TEST_F(ServiceProcessTest, WhatIsKilledHasNotCrashed) {
  ServiceProcess process(launcher_, Shell("sleep 600"));
  process.Start();
  process.Stop();
  process.Kill();
  EXPECT_FALSE(process.Running());
  EXPECT_THAT(process.crashes(), testing::IsEmpty());
}

TEST_F(ServiceProcessTest, TellsHowItEndedWhenAsked) {
  ServiceProcess process(launcher_, Shell("trap 'exit 3' TERM; echo up; while :; do :; done"));
  process.Start();
  while (!HasSpoken()) std::this_thread::yield();
  EXPECT_EQ(process.Terminate(seconds(60)), 3);
  EXPECT_THAT(process.crashes(), testing::IsEmpty());
}

TEST_F(ServiceProcessTest, KnowsWhatItUses) {
  ServiceProcess process(launcher_, Shell("sleep 600"));
  process.Start();
  const auto usage = process.ReadUsage();
  ASSERT_TRUE(usage);
  EXPECT_GT(usage->memory_kib, 0u);
  EXPECT_GE(usage->descriptors, 3u);
  EXPECT_EQ(usage->threads, 1u);
}

TEST(SumOfSeriesTest, AddsUpTheSeriesOfOneMetric) {
  const std::string metrics =
      "# HELP some_total Words\nsome_total{a=\"1\"} 3\nsome_total{a=\"2\"} 4\n"
      "some_total_more 100\nother 5\n";
  EXPECT_EQ(SumOfSeries(metrics, "some_total"), 7);
  EXPECT_EQ(SumOfSeries(metrics, "other"), 5);
  EXPECT_EQ(SumOfSeries(metrics, "absent"), 0);
}

}  // namespace
}  // namespace parley::chaos
