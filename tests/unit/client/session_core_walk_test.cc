// The core of a session against servers that do all that servers may do: break, drain, refuse, fall
// silent, repeat and even leave out. A failing seed is printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "client/session_core.h"

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string Token(std::size_t place) {
  char text[32];
  std::snprintf(text, sizeof text, "%08zu", place);
  return text;
}

class Walk final {
 public:
  explicit Walk(std::uint64_t seed) : dice_(seed), core_(OptionsOfWalk(), {}, seed, TimePoint{}) {}

  void Run() {
    // Whoever begins tries each server once only.
    while (!core_.is_welcome() && !core_.ended()) Step(/*calm=*/false);
    if (core_.ended()) return;
    is_underway_ = true;
    for (int step = 0; step < 1500; ++step) Step(/*calm=*/false);
    for (int step = 0; step < 4000; ++step) Step(/*calm=*/true);
    Judge();
  }

 private:
  struct Channel {
    std::vector<std::string> log;  // Ids; place i + 1 is that of log[i].
    // Of the stream.
    bool joined = false;
    std::size_t sent = 0;
    std::set<std::size_t> left_out{};  // On any stream.
    // Of the user.
    std::optional<std::size_t> from;  // The place of the join.
    std::vector<std::string> got;
    std::future<Result<JoinedChannel>> asked;
  };

  static Options OptionsOfWalk() {
    Options options;
    options.servers = {"a", "b", "c"};
    options.user = UserId("alice");
    options.publish_deadline = seconds(30);
    options.request_deadline = seconds(1000);
    return options;
  }

  std::size_t Below(std::size_t bound) { return static_cast<std::size_t>(dice_() % bound); }
  bool Chance(std::size_t one_in) { return Below(one_in) == 0; }

  void Step(bool calm) {
    now_ += milliseconds(Below(40));
    if (!streaming_) {
      if (!attempt_at_) attempt_at_ = now_ + core_.NextAttempt().wait;
      if (now_ >= *attempt_at_) BeginStream();
    } else if (!calm && Chance(60)) {
      EndStream();
    } else {
      Serve(calm);
    }
    core_.OnTime(now_);
    if (is_underway_ && (!calm || Chance(50))) Ask(calm);
    Flush();
    if (leaves_) EndStream();
  }

  void BeginStream() {
    attempt_at_.reset();
    leaves_ = false;
    streaming_ = true;
    core_.OnStreamBegin(now_);
    if (!Chance(4)) return core_.OnConnected(now_);
    Flush();
    EndStream(/*was_connected=*/false);
  }

  // What lies in the pipes is lost; the last frames may not even have left.
  void EndStream(bool was_connected = true) {
    Flush();
    StreamEnd end{.was_connected = was_connected};
    while (!to_server_.empty() && (!was_connected || Chance(2))) {
      end.unsent.push_back(to_server_.back().ref());
      to_server_.pop_back();
    }
    while (!to_server_.empty() && Chance(2)) TakeFrame(/*calm=*/false);
    to_server_.clear();
    to_client_.clear();
    for (auto& [name, channel] : channels_) channel.joined = false;
    streaming_ = false;
    leaves_ = false;
    (void)core_.OnStreamEnd(end, now_);
  }

  void Serve(bool calm) {
    if (!to_server_.empty() && Chance(2)) TakeFrame(calm);
    for (auto& [name, channel] : channels_) Deliver(name, channel, calm);
    if (!calm && Chance(300)) {
      v1::Drain& drain = *to_client_.emplace_back().add_events()->mutable_drain();
      drain.set_reconnect_after_max_ms(200);
    }
    if (to_client_.empty() || Chance(3)) return;
    core_.OnFrame(to_client_.front(), now_);
    to_client_.pop_front();
  }

  void Deliver(const std::string& name, Channel& channel, bool calm) {
    if (!channel.joined || channel.sent == channel.log.size() || Chance(2)) return;
    if (!calm && Chance(40) && channel.sent > 0) --channel.sent;  // Repeats.
    const bool may_skip = !calm && channel.sent + 1 < channel.log.size();
    // Twice at one place it would be told.
    if (may_skip && Chance(40) && channel.left_out.insert(channel.sent).second) ++channel.sent;
    v1::Message& message = *to_client_.emplace_back().add_events()->mutable_message();
    message.set_channel(name);
    message.set_id(channel.log[channel.sent]);
    message.set_previous(channel.sent == 0 ? "" : Token(channel.sent));
    message.set_position(Token(++channel.sent));
  }

  void TakeFrame(bool calm) {
    const v1::ClientFrame frame = std::move(to_server_.front());
    to_server_.pop_front();
    v1::Event& event = *to_client_.emplace_back().add_events();
    event.set_ref(frame.ref());
    const bool refuses = !calm && Chance(6);
    if (frame.has_hello()) {
      event.mutable_welcome()->set_publishes_in_flight_max(
          static_cast<std::uint32_t>(1 + Below(8)));
    } else if (frame.has_join()) {
      Join(frame.join(), event, refuses);
    } else if (frame.has_leave()) {
      channels_[frame.leave().channel()].joined = false;
      event.mutable_left()->set_channel(frame.leave().channel());
    } else if (frame.has_publish()) {
      const std::string& id = frame.publish().id();
      if (refuses && Chance(2)) {
        event.mutable_error()->set_code(v1::ERROR_BUSY);
        return;
      }
      std::vector<std::string>& log = channels_[frame.publish().channel()].log;
      const bool is_known = std::ranges::find(log, id) != log.end();
      EXPECT_TRUE(!is_known || frame.publish().retry()) << id;
      if (!is_known) log.push_back(id);
      event.mutable_ack();
      if (refuses) event.mutable_error()->set_code(v1::ERROR_OUTCOME_UNKNOWN);
    } else {
      event.mutable_pong();
    }
  }

  void Join(const v1::Join& join, v1::Event& event, bool refuses) {
    if (refuses) {
      event.mutable_error()->set_code(v1::ERROR_JOIN_TIMEOUT);
      return;
    }
    Channel& channel = channels_[join.channel()];
    EXPECT_FALSE(channel.joined);
    channel.joined = true;
    channel.sent = join.after().empty() ? channel.log.size() : std::stoul(join.after());
    event.mutable_joined()->set_channel(join.channel());
    event.mutable_joined()->set_position(Token(channel.sent));
    event.mutable_joined()->set_recovery(join.after().empty() ? v1::RECOVERY_NOT_ASKED
                                                              : v1::RECOVERY_COMPLETE);
  }

  void Ask(bool calm) {
    const std::string name = Chance(2) ? "a" : "b";
    Channel& channel = channels_[name];
    if (!channel.from && !channel.asked.valid()) {
      channel.asked = core_.Join(ChannelName(name), {}, now_);
    } else if (!calm && channel.from && Chance(200)) {
      Flush();
      JudgeChannel(channel, /*to_the_end=*/false);
      auto left = core_.Leave(ChannelName(name), now_);
      channel.from.reset();
      channel.got.clear();
    }
    if (!calm && Chance(8)) channel.log.push_back("other-" + std::to_string(next_id_++));
    if (!calm && Chance(5)) {
      const std::string id = "mine-" + std::to_string(next_id_++);
      acks_[id] =
          core_.Publish({.channel = ChannelName(name), .content = "x", .id = MessageId(id)}, now_);
    }
  }

  void Flush() {
    SessionCore::Effects effects = core_.TakeEffects();
    leaves_ |= effects.leaves_stream;
    if (streaming_) std::ranges::move(effects.frames, std::back_inserter(to_server_));
    for (auto& [name, channel] : channels_) {
      if (!channel.asked.valid()) continue;
      if (channel.asked.wait_for(seconds(0)) != std::future_status::ready) continue;
      const auto joined = channel.asked.get();
      ASSERT_TRUE(joined) << joined.error.code;
      channel.from = std::stoul(joined->position.value());
    }
    for (const Event& event : effects.events) {
      EXPECT_FALSE(std::holds_alternative<Gap>(event));
      EXPECT_FALSE(std::holds_alternative<Discontinuity>(event));
      const auto* message = std::get_if<Message>(&event);
      if (message != nullptr)
        channels_[message->channel.value()].got.push_back(message->id.value());
    }
  }

  static void JudgeChannel(const Channel& channel, bool to_the_end) {
    const std::size_t from = channel.from.value_or(0);
    ASSERT_LE(from + channel.got.size(), channel.log.size());
    const auto begin = channel.log.begin() + static_cast<std::ptrdiff_t>(from);
    EXPECT_TRUE(std::equal(channel.got.begin(), channel.got.end(), begin));
    EXPECT_TRUE(!to_the_end || from + channel.got.size() == channel.log.size());
  }

  void Judge() {
    for (auto& [name, channel] : channels_) {
      EXPECT_TRUE(channel.from) << "not joined at the end";
      JudgeChannel(channel, /*to_the_end=*/true);
    }
    std::size_t stored = 0;
    for (auto& [id, ack] : acks_) {
      ASSERT_EQ(ack.wait_for(seconds(0)), std::future_status::ready) << id;
      const PublishResult result = ack.get();
      const bool is_in_log = std::ranges::any_of(channels_, [&id = id](const auto& each) {
        return std::ranges::find(each.second.log, id) != each.second.log.end();
      });
      if (result.outcome != Outcome::kUnknown) {
        EXPECT_EQ(is_in_log, result.outcome == Outcome::kStored) << id;
      }
      stored += result.outcome == Outcome::kStored;
    }
    EXPECT_GT(stored, acks_.size() / 5);  // Many are more than a server takes at a time.
  }

  std::mt19937_64 dice_;
  TimePoint now_{};
  SessionCore core_;
  bool is_underway_ = false;
  bool streaming_ = false;
  bool leaves_ = false;
  std::optional<TimePoint> attempt_at_;
  std::deque<v1::ClientFrame> to_server_;
  std::deque<v1::ServerFrame> to_client_;
  std::map<std::string, Channel> channels_;
  std::map<std::string, std::future<PublishResult>> acks_;
  std::size_t next_id_ = 1;
};

TEST(SessionCoreWalkTest, EveryMessageIsGivenOnceAndInOrderWhateverServersDo) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk(seed).Run();
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace parley::client
