// What a replica makes of a snapshot whose parts are made one after the other, while things happen.

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/gateway/presence/announcer.h"
#include "services/gateway/presence/session_pages.h"
#include "services/presence/registry/registry.h"
#include "tests/unit/gateway/presence/fakes.h"

namespace parley::gateway {
namespace {

using kafka::StoreOutcome;
using Truth = std::map<std::string, std::set<std::string>>;  // Channels of each session.

const UserId kUser("bob");

// A gateway where things happen at random, and whose records fail at random.
class Happenings {
 public:
  explicit Happenings(unsigned seed) : random_(seed) {
    AnnouncerConfig config;
    config.server = ServerId("one");
    config.epoch = 1;
    config.link_address = "one:50052";
    config.names_max = 5;
    announcer_ = std::make_unique<Announcer>(config, log_, clock_, logger_, *metrics_);
    announcer_->Tick();
    log_.StoreAll();
  }

  unsigned Roll(unsigned sides) { return static_cast<unsigned>(random_() % sides); }

  void Step() {
    const ChannelName channel("channel-" + std::to_string(Roll(4)));
    if (truth_.empty() || Roll(4) == 0) {
      const SessionId session("session-" + std::to_string(Roll(1'000'000)));
      if (!truth_.try_emplace(session.value()).second) return;
      return announcer_->Connected(session, kUser);
    }
    const auto seat = std::next(truth_.begin(), Roll(static_cast<unsigned>(truth_.size())));
    const SessionId session(seat->first);
    switch (Roll(6)) {
      case 0:
        announcer_->Disconnected(session, kUser);
        truth_.erase(seat);
        return;
      case 1:
        announcer_->Left(session, kUser, channel);
        seat->second.erase(channel.value());
        return;
      default:
        announcer_->Joined(session, kUser, channel);
        seat->second.insert(channel.value());
    }
  }
  void Tell() { announcer_->Tick(); }
  void Report() {
    const bool fails = Roll(4) == 0;
    log_.Report(fails ? StoreOutcome::kUnknown : StoreOutcome::kStored, Roll(2) == 0 || !fails);
  }
  void Settle() {
    for (int i = 0; i < 100; ++i) {
      log_.StoreAll();
      announcer_->Tick();
    }
  }

  std::optional<SessionsPart> PartAfter(const SessionId& after) {
    return announcer_->Snapshots()(after);
  }
  std::vector<ConnectionEvent> Events() const { return log_.Events(); }
  const Truth& truth() const { return truth_; }

 private:
  std::mt19937 random_;
  FakeEventLog log_;
  StoppedClock clock_;
  Logger logger_{"test", LogLevel::kError, Logger::Format::kText};
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  std::unique_ptr<Announcer> announcer_;
  Truth truth_;
};

// Things happen between the parts.
presence::SnapshotAnswer TakeSnapshot(Happenings& happenings) {
  presence::SnapshotAnswer answer{.server = ServerId("one"), .epoch = 1};
  std::optional<std::uint64_t> revision;
  std::optional<SessionId> after = SessionId();
  while (after) {
    auto part = happenings.PartAfter(*after);
    revision = part->revision = revision.value_or(part->revision);
    for (std::string& page : PagesOf(*part)) answer.pages.push_back(std::move(page));
    after = part->told.next_after;
    for (unsigned steps = happenings.Roll(4); steps > 0; --steps) happenings.Step();
    if (happenings.Roll(2) == 0) happenings.Tell();
    if (happenings.Roll(2) == 0) happenings.Report();
  }
  return answer;
}

Truth KnownTo(const presence::Registry& registry) {
  Truth known;
  for (const auto& session : registry.attendance().SessionsOf(kUser.value())) {
    std::set<std::string>& channels = known[session.id.value()];
    for (const ChannelName& channel : session.channels) channels.insert(channel.value());
  }
  return known;
}

TEST(SnapshotPartsTest, PartsAndTheRecordsAfterTheirRevisionAreTheTruth) {
  constexpr unsigned kSeeds = 500;
  std::size_t pages = 0;
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Happenings happenings(seed);
    for (int i = 0; i < 40; ++i) happenings.Step();
    happenings.Tell();
    happenings.Report();
    const presence::SnapshotAnswer answer = TakeSnapshot(happenings);
    pages += answer.pages.size();
    happenings.Settle();

    presence::Registry registry;
    presence::Changes changes;
    const std::vector<ConnectionEvent> events = happenings.Events();
    static_cast<void>(registry.Apply(events.at(0), TimePoint(), changes));
    ASSERT_TRUE(registry.Replace(answer, changes));
    for (const ConnectionEvent& event : events) {
      static_cast<void>(registry.Apply(event, TimePoint(), changes));
    }
    ASSERT_EQ(KnownTo(registry), happenings.truth());
  }
  EXPECT_GT(pages, 3 * kSeeds) << "a snapshot has several parts";
}

}  // namespace
}  // namespace parley::gateway
