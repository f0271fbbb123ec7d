// The outbox against a log that stores, refuses and loses at random; a failing seed is printed.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "client/errors.h"
#include "client/outbox.h"

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Walk final {
 public:
  explicit Walk(std::uint64_t seed) : dice_(seed), chance_(seed) {}

  void Run() {
    for (int step = 0; step < 400; ++step) {
      now_ += milliseconds(Below(60));
      outbox_.OnTime(now_);
      switch (Below(8)) {
        case 0:
        case 1:
          Add();
          break;
        case 2:
          if (Below(4) == 0) LoseStream();
          break;
        default:
          Answer();
      }
      Send();
      if (testing::Test::HasFailure()) return;
    }
    outbox_.OnTime(now_ + seconds(60));
    EXPECT_EQ(outbox_.size(), 0U);
    Judge();
  }

 private:
  struct Sent {
    std::string id;
    std::string channel;
    bool retry;
  };
  struct Publish {
    std::string channel;
    std::future<PublishResult> result;
    bool turned_away = false;
  };

  int Below(int bound) { return static_cast<int>(dice_() % static_cast<unsigned>(bound)); }

  void Add() {
    const std::string id = std::to_string(publishes_.size());
    const std::string channel = Below(2) == 0 ? "a" : "b";
    std::promise<PublishResult> answer;
    publishes_.push_back({.channel = channel, .result = answer.get_future()});
    outbox_.Add({.channel = ChannelName(channel), .content = "x", .id = MessageId(id)},
                std::move(answer), now_ + seconds(1));
  }

  void Send() {
    for (v1::Publish wire; outbox_.Next(now_, ++last_ref_, wire); wire.Clear()) {
      const auto number = std::stoul(wire.id());
      EXPECT_EQ(wire.retry(), maybe_.contains(wire.id())) << wire.id();
      for (std::size_t earlier = 0; earlier < number; ++earlier) {
        const Publish& each = publishes_[earlier];
        const bool is_over = each.result.wait_for(seconds(0)) == std::future_status::ready;
        const bool holds = each.channel == wire.channel() && each.turned_away && !is_over;
        EXPECT_FALSE(holds) << wire.id() << " was sent before " << earlier;
      }
      in_flight_[last_ref_] = {wire.id(), wire.channel(), wire.retry()};
    }
  }

  // The log takes what arrives in the order of the stream, whatever it answers.
  void Answer() {
    if (in_flight_.empty()) return;
    const auto [ref, sent] = *in_flight_.begin();
    in_flight_.erase(in_flight_.begin());
    const int fate = Below(10);
    if (fate < 6) {
      Store(sent);
      outbox_.OnAck(ref, PositionToken("7"));
      return;
    }
    const bool is_unknown = fate == 6;
    if (is_unknown && Below(2) == 0) Store(sent);
    const v1::ErrorCode code = is_unknown  ? v1::ERROR_OUTCOME_UNKNOWN
                               : fate == 9 ? v1::ERROR_CONTENT_TOO_LARGE
                                           : v1::ERROR_UNAVAILABLE;
    if (is_unknown) maybe_.insert(sent.id);
    publishes_[std::stoul(sent.id)].turned_away = true;
    outbox_.OnError(ref, ErrorOf(code, "no"), OutcomeOf(code), now_);
  }

  // Some of what is on the stream arrives: a part from its beginning. Some never left.
  void LoseStream() {
    std::vector<std::uint64_t> unsent;
    const int arrive = Below(4);
    const int leave = arrive + Below(4);
    int place = 0;
    for (const auto& [ref, sent] : in_flight_) {
      if (place < arrive) Store(sent);
      if (place < leave) maybe_.insert(sent.id);
      if (place >= leave) unsent.push_back(ref);
      ++place;
    }
    in_flight_.clear();
    outbox_.OnStreamEnd(unsent);
  }

  void Store(const Sent& sent) {
    const auto [stored, is_first] = stored_.insert(sent.id);
    if (!is_first) {
      EXPECT_TRUE(sent.retry) << sent.id << " would be shown twice";
      return;
    }
    log_[sent.channel].push_back(sent.id);
  }

  void Judge() {
    std::set<std::string> first_try;
    for (std::size_t i = 0; i < publishes_.size(); ++i) {
      const std::string id = std::to_string(i);
      const PublishResult result = publishes_[i].result.get();
      if (result.outcome != Outcome::kUnknown) {
        EXPECT_EQ(stored_.contains(id), result.outcome == Outcome::kStored) << id;
      }
      if (result.outcome == Outcome::kStored && result.attempts == 1) first_try.insert(id);
    }
    for (const auto& [channel, ids] : log_) {
      std::size_t last = 0;
      for (const std::string& id : ids) {
        if (!first_try.contains(id)) continue;
        EXPECT_GE(std::stoul(id), last) << "order of " << channel;
        last = std::stoul(id);
      }
    }
  }

  std::mt19937_64 dice_;
  Chance chance_;
  Outbox outbox_{{.first = milliseconds(20), .most = milliseconds(100)}, chance_};
  TimePoint now_{};
  std::uint64_t last_ref_ = 0;
  std::vector<Publish> publishes_;
  std::map<std::uint64_t, Sent> in_flight_;
  std::set<std::string> maybe_;  // Ids of which a copy may be stored that nobody answers for.
  std::set<std::string> stored_;
  std::map<std::string, std::vector<std::string>> log_;  // As shown, by channel.
};

TEST(OutboxWalkTest, EveryPublishEndsAsWhatIsInTheLogAndIsShownOnce) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk(seed).Run();
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace parley::client
