#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/cluster.h"
#include "tests/integration/logged_copies.h"
#include "tests/integration/member.h"

namespace parley::test {

// Three gateways and two routers on a log with a small dedupe window; a member of the channel at
// each gateway from the beginning, and a user with a session at each gateway, and another one, to
// repeat publishes through. Times are those of the log: whoever waits for one publishes until the
// log has come to it.
class RetryFixture : public testing::Test {
 protected:
  static constexpr std::size_t kGateways = 3;
  // How long an unmarked copy may come behind a marked one, and how far routers read back when
  // they start: short, so that a test need not wait for their ends.
  static constexpr std::chrono::milliseconds kLate{1000};
  static constexpr std::chrono::milliseconds kLookBack{1500};

  ~RetryFixture() override;

  void Start(std::chrono::milliseconds window);
  // Watched from now on, and what is sent and judged from now on is in it.
  void UseChannel(const std::string& channel);
  void WatchChannel(const std::string& channel);

  // Returns when it is acked. Each session sends one copy of an id; session `i` is at gateway `i`
  // modulo three, so that 0 and 3 are at the same.
  void Send(std::size_t session, const std::string& name, bool retry = false);
  void SendAs(Member& member, const std::string& name, bool retry);
  std::string Id(const std::string& name) const { return name + "@" + channel_; }

  // When the log was last appended to, which it is now.
  std::int64_t LogTime();
  std::int64_t TimeOf(const std::string& name) const;
  // Until what is appended is older than that message by so much.
  void AwaitAge(const std::string& name, std::chrono::milliseconds age);

  // Each watcher, each gateway's history, and then those of routers that know nothing of before,
  // and whoever resumes there from the beginning: all see what the log shows, and nothing else.
  void ExpectAllSeeWhatTheLogShows();
  std::size_t TimesShown(const std::string& name) const;
  // Between the first copy and the last.
  std::chrono::milliseconds Age(const std::string& name) const;

  // Many messages, each repeated once, the copies from well before the window's end to well after.
  void SendSweepFirsts();
  void SendSweepCopies();
  void ExpectSweepCutAtTheWindow() const;

  double RouterMetric(const std::string& name) const;

  std::chrono::milliseconds window_{};
  std::optional<Cluster> cluster_;
  std::string channel_;
  std::string beginning_;  // A position before all of the channel's messages.
  std::vector<std::unique_ptr<Member>> watchers_;
  std::vector<std::unique_ptr<Member>> sessions_;
  std::unique_ptr<Member> other_user_;

 private:
  void ExpectHistoryShows(const std::vector<std::string>& ids);

  std::vector<LoggedCopy> copies_;  // As of the last judgement.
  int ticks_ = 0;
  int ends_ = 0;
};

}  // namespace parley::test
