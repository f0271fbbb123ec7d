#include "services/presence/log/log_reader.h"

#include <gmock/gmock.h>

#include "tests/unit/presence/presence_world.h"

namespace parley::presence {
namespace {

// Nobody listens on this port.
constexpr const char* kNowhere = "127.0.0.1:1";

class Losses final : public LogListener {
 public:
  void OnEvents(const std::vector<ConnectionEvent>&, std::size_t) override {}
  void OnStartAgain() override {}
  void OnFollowing(TimePoint) override {}
  void OnLost(const LogLoss& loss) override {
    seen_.Change([&](std::vector<LogLoss>& seen) { seen.push_back(loss); });
  }

  Watched<std::vector<LogLoss>>& seen() { return seen_; }

 private:
  Watched<std::vector<LogLoss>> seen_;
};

class LogReaderTest : public PresenceWorld {
 protected:
  LogReaderTest() {
    kafka_.brokers = kNowhere;
    config_.answer_timeout = 100ms;
  }

  LogReader MakeReader() { return {kafka_, config_, clock_, loop_, losses_, logger_, *metrics_}; }

  LogReaderConfig config_;
  Losses losses_;
};

// Whoever hears of it later cannot ask the watch any more: the trouble may be over by then.
TEST_F(LogReaderTest, WhatTheWatchLogsIsNotForTheListenerToLog) {
  const LogReader reader = MakeReader();
  const auto is_trouble = [](const LogLoss& loss) {
    return loss.reason.find("Kafka cannot be reached") != std::string::npos;
  };
  ASSERT_TRUE(losses_.seen().Await(
      [&](const auto& seen) { return std::ranges::any_of(seen, is_trouble); }));
  for (const LogLoss& loss : losses_.seen().Get()) {
    EXPECT_EQ(loss.logged, is_trouble(loss)) << loss.reason;
  }
}

TEST_F(LogReaderTest, WhatNobodyHasLoggedIsForTheListenerToLog) {
  kafka_.brokers = broker_.address();
  broker_.DelayAnswers(5000);
  const LogReader reader = MakeReader();
  ASSERT_TRUE(losses_.seen().Await([](const auto& seen) { return !seen.empty(); }));
  const LogLoss loss = losses_.seen().Get().front();
  EXPECT_FALSE(loss.logged);
  EXPECT_THAT(loss.reason, testing::HasSubstr("`parley topics ensure`"));
  broker_.DelayAnswers(0);
}

}  // namespace
}  // namespace parley::presence
