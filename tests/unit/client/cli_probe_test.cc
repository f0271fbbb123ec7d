// `parley probe`: through one gateway, out of another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <set>
#include <string>

#include "tests/chaos/loopback.h"
#include "tests/fakes/client/fake_server.h"
#include "tests/unit/client/child_process.h"
#include "tests/unit/client/run_parley.h"

namespace parley::client {
namespace {

using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;

TEST(CliProbeTest, MessagesGoThroughOneGatewayAndComeOutOfAnother) {
  const auto log = std::make_shared<FakeLog>();
  FakeServer first("gateway-1", log);
  FakeServer second("gateway-2", log);
  const Finished done = RunParley({"probe", "--server", first.address() + "," + second.address(),
                                   "--count", "3", "--interval", "10ms"});
  EXPECT_EQ(done.code, 0) << done.complaints;
  EXPECT_THAT(done.output,
              HasSubstr(first.Publishes().empty() ? "gateway-2 -> gateway-1  received"
                                                  : "gateway-1 -> gateway-2  received"));
  EXPECT_THAT(done.output, EndsWith("3 of 3 messages arrived\n"));
}

TEST(CliProbeTest, WhatIsAckedAndDoesNotComeIsLost) {
  FakeServer first("gateway-1");  // With a log of its own.
  FakeServer second("gateway-2");
  const Finished done = RunParley({"probe", "--server", first.address() + "," + second.address(),
                                   "--count", "1", "--timeout", "500ms"});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.output, EndsWith("0 of 1 messages arrived\n"));
  EXPECT_THAT(done.complaints, HasSubstr("acked, and not received in time (gateway-"));
}

std::set<std::string> ChannelsOf(FakeServer& server) {
  std::set<std::string> channels;
  for (const v1::PublishRequest& sent : server.Publishes()) channels.insert(sent.channel());
  return channels;
}

// In the next two each of four routes has one of a thousand channels: once in 1,000,000,000 times
// it is the same one.
TEST(CliProbeTest, AfterTenMessagesOtherChannelsHaveTheirTurn) {
  FakeServer server("gateway-1");
  EXPECT_EQ(
      RunParley({"probe", "--server", server.address(), "--count", "31", "--interval", "1ms"}).code,
      0);
  EXPECT_GT(ChannelsOf(server).size(), 1U);
}

TEST(CliProbeTest, AfterAFailureOtherChannelsHaveTheirTurn) {
  FakeServer server("gateway-1");
  server.AnswerWith(FakeServer::Answer::kRefuse, v1::ERROR_INVALID_CONTENT);
  EXPECT_EQ(RunParley({"probe", "--server", server.address(), "--count", "4", "--interval", "1ms",
                       "--timeout", "1s"})
                .code,
            1);
  EXPECT_GT(ChannelsOf(server).size(), 1U);
}

TEST(CliProbeTest, MessagesAreSentAtTheIntervalAndNoFaster) {
  FakeServer server("gateway-1");
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(
      RunParley({"probe", "--server", server.address(), "--count", "3", "--interval", "200ms"})
          .code,
      0);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(400));
}

TEST(CliProbeTest, GatewaysThatCannotBeReachedAreSaid) {
  const Finished done =
      RunParley({"probe", "--server", kNobody, "--count", "1", "--timeout", "500ms"});
  EXPECT_EQ(done.code, 1);
  EXPECT_THAT(done.complaints, HasSubstr(kNobody));
  EXPECT_THAT(RunParley({"probe", "--server", "nobody.invalid:1", "--count", "1"}).complaints,
              HasSubstr("no server's name can be resolved"));
}

// Where a probe that was told to --listen serves its metrics; empty when it did not say so.
std::string AdminOf(ChildProcess& probe) {
  if (!probe.WaitForComplaint("/metrics")) return {};
  const std::string& said = probe.complaints();
  const std::size_t begin = said.find("http://") + std::string("http://").size();
  return said.substr(begin, said.find("/metrics") - begin);
}

TEST(CliProbeTest, GatewaysThatCannotBeReachedAreCounted) {
  ChildProcess child(Parley({"probe", "--server", kNobody, "--interval", "10ms", "--timeout",
                             "500ms", "--listen", "127.0.0.1:0"}),
                     {});
  const std::string admin = AdminOf(child);
  ASSERT_NE(admin, "");
  ASSERT_TRUE(child.WaitForComplaint("cannot connect"));
  const auto page = chaos::HttpGet(std::stoi(admin.substr(admin.find(':') + 1)), "/metrics");
  ASSERT_TRUE(page);
  EXPECT_THAT(*page, ContainsRegex("parley_probe_messages_total.result=\"unreachable\". [1-9]"));
}

TEST(CliProbeTest, WhatIsLostIsCounted) {
  FakeServer first("gateway-1");  // With a log of its own.
  FakeServer second("gateway-2");
  ChildProcess child(
      Parley({"probe", "--server", first.address() + "," + second.address(), "--interval", "10ms",
              "--timeout", "500ms", "--listen", "127.0.0.1:0"}),
      {});
  const std::string admin = AdminOf(child);
  ASSERT_NE(admin, "");
  ASSERT_TRUE(child.WaitForComplaint("acked, and not received in time"));
  const auto page = chaos::HttpGet(std::stoi(admin.substr(admin.find(':') + 1)), "/metrics");
  ASSERT_TRUE(page);
  EXPECT_THAT(*page, ContainsRegex("parley_probe_messages_total.result=\"lost\". [1-9]"));
  EXPECT_THAT(*page, HasSubstr("parley_probe_messages_total{result=\"delivered\"} 0\n"));
  EXPECT_THAT(*page, HasSubstr("parley_probe_gateways 2\n"));
}

TEST(CliProbeTest, WithoutACountItGoesOnAndServesMetricsUntilItIsAskedToEnd) {
  FakeServer server("gateway-1");
  ChildProcess child(Parley({"probe", "--server", server.address(), "--interval", "10ms",
                             "--listen", "127.0.0.1:0"}),
                     {});
  const std::string admin = AdminOf(child);
  ASSERT_NE(admin, "");
  EXPECT_EQ(RunParley({"health", "--admin", admin}).code, 0);
  EXPECT_TRUE(server.WaitForPublishes(3));
  child.Signal(SIGTERM);
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(child.output(), "");
}

}  // namespace
}  // namespace parley::client
