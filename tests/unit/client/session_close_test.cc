#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/unit/client/session_helpers.h"

namespace parley::client {
namespace {

using std::chrono::seconds;

TEST(SessionCloseTest, WakesWhoWaits) {
  FakeServer server;
  server.AnswerWith(FakeServer::Answer::kHold);
  server.IgnoreJoins();
  const auto session = ConnectTo(server);
  auto ack = Say(*session, "hello");
  ASSERT_TRUE(server.WaitForPublishes(1));
  std::optional<Event> taken;
  std::string join_code;
  std::thread reader([&] { taken = session->Next(kPatience); });
  std::thread joiner([&] { join_code = session->Join(kGeneral).error.code; });
  session->Close();
  reader.join();
  joiner.join();
  ASSERT_TRUE(taken && std::holds_alternative<Closed>(*taken));
  EXPECT_EQ(std::get<Closed>(*taken).error.code, kClosed);
  EXPECT_EQ(join_code, kClosed);
  EXPECT_EQ(ack.get().outcome, Outcome::kUnknown);
  EXPECT_TRUE(server.WaitForSessions(0));
}

TEST(SessionCloseTest, SaysGoodbyeWithoutWaitingForTheDeadline) {
  FakeServer server;
  Options options = OptionsFor(server);
  options.close_deadline = seconds(60);
  const auto session = std::move(*Client(options).Connect());
  ASSERT_TRUE(session->Join(kGeneral));
  auto ack = Say(*session, "the last word");
  const auto start = std::chrono::steady_clock::now();
  session->Close();
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(30));
  EXPECT_EQ(ack.get().outcome, Outcome::kStored);
}

TEST(SessionCloseTest, OfAFullSessionEnds) {
  FakeServer server;
  Options options = OptionsFor(server);
  options.events_max = 2;
  const auto session = std::move(*Client(options).Connect());
  ASSERT_TRUE(session->Join(kGeneral));
  for (int i = 0; i < 100; ++i) server.Say("general", "bob", "x");
  session->Close();
  EXPECT_TRUE(server.WaitForSessions(0));
}

}  // namespace
}  // namespace parley::client
