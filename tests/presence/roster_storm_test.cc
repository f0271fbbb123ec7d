#include <algorithm>
#include <cstdio>
#include <iterator>
#include <thread>

#include "tests/chaos/compact_log.h"
#include "tests/chaos/timings.h"
#include "tests/presence/background.h"
#include "tests/presence/members.h"
#include "tests/presence/talk.h"
#include "tests/presence/world.h"

namespace parley::presence_test {
namespace {

using chaos::NowUs;

constexpr std::size_t kMembers = 5'000;
constexpr std::size_t kSampled = 20;
constexpr std::size_t kRestless = 1'000;
constexpr std::size_t kChangesPerSecond = 500;
constexpr std::chrono::microseconds kBetweenChanges{1'000'000 / kChangesPerSecond};
constexpr seconds kWindow{4};
constexpr int kWindows = 5;  // Before the storm, and after it.
constexpr int kStormWindows = 10;
constexpr seconds kStorm = kWindow * kStormWindows;
constexpr double kP99Times = 2;
constexpr seconds kToldWithin{10};  // A gateway takes 5 s to tell all of them.
constexpr seconds kPatience{180};

// What the member heard who was told most.
struct Most {
  std::size_t told = 0;
  std::size_t in_a_second = 0;
  std::size_t in_five = 0;
};

std::size_t MostWithin(const std::vector<Member::Time>& times, seconds span) {
  std::size_t most = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    while (times[i] - times[first] >= span) ++first;
    most = std::max(most, i - first + 1);
  }
  return most;
}

// A hall with thousands of members, and people who talk in other channels.
class RosterStormTest : public World {
 protected:
  void Fill() {
    sample_.AddMany(AddressOf(0), hall_, "sample-", kSampled);
    for (std::size_t i = 0; i < kMembers - kSampled; ++i) {
      crowd_.Add(AddressOf(i % 2), {hall_}, "crowd-" + std::to_string(i));
    }
    ASSERT_TRUE(
        SecondsUntil([&] { return crowd_.AllPresent() && AllAreTold(kMembers); }, kPatience));
    ASSERT_TRUE(CountIs(hall_, kMembers));
  }

  bool AllAreTold(std::size_t members) {
    bool told = true;
    sample_.ForEach([&](Member& member) { told = told && member.told(hall_).members == members; });
    return told;
  }

  // The restless leave one after the other, and come again in the same order. Returns how many
  // changes a second there were.
  double Storm(seconds time) {
    const auto begin = steady_clock::now();
    const auto end = begin + time;
    std::size_t changes = 0;
    for (std::size_t turn = 0; steady_clock::now() < end; ++turn) {
      std::this_thread::sleep_until(begin + turn * kBetweenChanges);
      crowd_.With(turn % kRestless, [&](Member& member) {
        if (member.where() == Member::Where::kIn) {
          member.Leave();
          ++changes;
        } else if (member.where() == Member::Where::kOut) {
          member.Join();
          ++changes;
        }
      });
    }
    return static_cast<double>(changes) / SecondsSince(begin);
  }

  void BringAllBack() {
    ASSERT_TRUE(SecondsUntil(
        [&] {
          crowd_.ForEach([](Member& member) {
            if (member.where() == Member::Where::kOut) member.Join();
          });
          return crowd_.AllPresent();
        },
        kPatience));
  }

  const std::string hall_ = Fresh("hall");
  Members sample_;
  Members crowd_;
};

std::vector<Talk::Span> Windows(std::int64_t begin_us, int count) {
  constexpr std::int64_t kWindowUs = std::chrono::microseconds(kWindow).count();
  std::vector<Talk::Span> windows;
  for (int i = 0; i < count; ++i) {
    windows.emplace_back(begin_us + i * kWindowUs, begin_us + (i + 1) * kWindowUs);
  }
  return windows;
}

double Median(std::vector<double> values) { return chaos::SpreadOf(std::move(values)).median; }

TEST_F(RosterStormTest, MembersAreToldOnceASecondAndOtherChannelsDoNotFeelIt) {
  StartWorld(2);
  Fill();
  Talk talk({AddressOf(0), AddressOf(1)}, folder());
  const Background background;
  const std::int64_t before_us = NowUs();
  std::this_thread::sleep_for(kWindow * kWindows);

  sample_.ForEach([](Member& member) { member.ForgetTold(); });
  const std::int64_t storm_us = NowUs();
  const double changes = Storm(kStorm);
  Most most;
  std::size_t names = 0;
  sample_.ForEach([&](Member& member) {
    const Member::Told& told = member.told(hall_);
    most.told = std::max(most.told, told.times.size());
    most.in_a_second = std::max(most.in_a_second, MostWithin(told.times, seconds(1)));
    most.in_five = std::max(most.in_five, MostWithin(told.times, seconds(5)));
    names += told.joined.size() + told.left.size();
  });
  BringAllBack();
  const auto right = SecondsUntil([&] { return AllAreTold(kMembers); }, kToldWithin);
  const std::int64_t after_us = NowUs();
  std::this_thread::sleep_for(kWindow * kWindows);
  std::vector<Talk::Span> windows = Windows(before_us, kWindows);
  std::ranges::copy(Windows(after_us, kWindows), std::back_inserter(windows));
  std::ranges::copy(Windows(storm_us, kStormWindows), std::back_inserter(windows));
  const std::vector<double> p99s = talk.EndWithP99s(windows);
  const double usual = Median({p99s.begin(), p99s.begin() + 2 * kWindows});
  const double in_storm = Median({p99s.begin() + 2 * kWindows, p99s.end()});

  std::printf(
      "%zu members, %.0f joins and leaves a second for %lld s: of %zu sampled members the one that "
      "was told most had %zu presence events, at most %zu within a second and %zu within five; "
      "p99 of delivery in other channels %.1f ms, %.1f ms before and after (%.2f times; medians of "
      "%d)\n",
      kMembers, changes, static_cast<long long>(kStorm.count()), kSampled, most.told,
      most.in_a_second, most.in_five, in_storm * 1e3, usual * 1e3, in_storm / usual, kStormWindows);
  EXPECT_GT(changes, 0.95 * kChangesPerSecond) << "this was no storm";
  // Two are sent a second apart, and may arrive a little less than that.
  EXPECT_LE(most.in_a_second, 2U);
  EXPECT_LE(most.in_five, 6U);
  EXPECT_LE(most.told, static_cast<std::size_t>(kStorm.count()) + 1);
  EXPECT_GE(most.told, static_cast<std::size_t>(kStorm / kToldWithin)) << "not told";
  EXPECT_EQ(names, 0U);
  EXPECT_TRUE(right) << "the last count is not right";
  if (GivenQuiet()) {
    EXPECT_LT(in_storm, kP99Times * usual);
  }
}

}  // namespace
}  // namespace parley::presence_test
