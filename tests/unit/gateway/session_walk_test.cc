#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/gateway/world.h"

namespace parley::gateway {
namespace {

using edge::v1::Event;

// What a client believes, checked against the log with every event that it reads: per channel it is
// given each message after its position, once and in order, unless it is told of a loss. It hears
// of nothing in a new log before it was told, once, that there is one.
class ModelClient {
 public:
  // Resumes the personal channel, when it has a position there.
  ModelClient(World& world, const std::map<std::string, Position>& positions)
      : world_(world), client_(world.Connect()) {
    if (const auto personal = positions.find(kPersonal); personal != positions.end()) {
      asked_[0] = personal->second;
    }
    client_->Hello("ann", TokenOf(kPersonal, asked_[0]));
    for (const auto& [channel, position] : positions) {
      if (channel != kPersonal) Join(channel, position);
    }
  }

  World::Client& client() { return *client_; }
  bool ended() const { return ended_; }
  bool slow() const { return slow_; }
  int new_logs() const { return new_logs_; }
  int losses() const { return losses_; }
  const std::map<std::string, Position>& positions() const { return positions_; }

  // Without a position: live.
  void Join(const std::string& channel, std::optional<Position> after) {
    asked_[++last_ref_] = after;
    client_->Join(channel, TokenOf(channel, after), last_ref_);
  }
  void Leave(const std::string& channel) { client_->Leave(channel); }

  void Read(bool all, std::mt19937& random) {
    do {
      if (!client_->transport.ReadOnce(client_->session, {.events_max = 1 + random() % 4})) return;
      for (const Event& event : client_->transport.Take()) On(event);
    } while (all);
  }

  // Whether it has everything.
  void ExpectCaughtUp() {
    if (ended_) return;
    for (const auto& [channel, position] : positions_) {
      EXPECT_EQ(position.epoch, world_.log.epoch) << channel << ": never told of the new log";
      for (const Offset offset : world_.feed.OffsetsOf(ChannelName(channel))) {
        EXPECT_LE(offset, position.offset) << channel << ": never came";
      }
    }
  }

 private:
  static constexpr const char* kPersonal = "@ann";

  static std::string TokenOf(const std::string& channel, std::optional<Position> position) {
    return position ? EncodeToken(*position, ChannelName(channel)) : "";
  }

  void On(const Event& event) {
    ASSERT_FALSE(ended_) << "something came after the end";
    switch (event.event_case()) {
      case Event::kWelcome:
        return;
      case Event::kJoined:
        OnJoined(event.joined(), asked_[event.ref()]);
        return;
      case Event::kMessage:
        OnMessage(event.message());
        return;
      case Event::kLeft:
        positions_.erase(event.left().channel());
        return;
      case Event::kCheckpoint:
        Skip(event.checkpoint().channel(), event.checkpoint().position());
        return;
      case Event::kDiscontinuity:
        OnDiscontinuity(event.discontinuity());
        return;
      case Event::kError:
        OnError(event.error());
        return;
      default:
        FAIL() << event.DebugString();
    }
  }

  void OnJoined(const edge::v1::Joined& joined, std::optional<Position> asked) {
    const std::string& channel = joined.channel();
    ASSERT_FALSE(positions_.contains(channel));
    const Position position = Decode(joined.position());
    if (!asked) {
      ASSERT_EQ(joined.recovery(), edge::v1::RECOVERY_NOT_ASKED);
    } else if (joined.recovery() == edge::v1::RECOVERY_COMPLETE) {
      ASSERT_EQ(position, *asked);
    } else {
      ASSERT_EQ(joined.recovery(), asked->epoch == position.epoch ? edge::v1::RECOVERY_EXPIRED
                                                                  : edge::v1::RECOVERY_OTHER_EPOCH);
    }
    positions_[channel] = position;
  }

  void OnMessage(const edge::v1::Message& message) {
    ASSERT_TRUE(positions_.contains(message.channel())) << "not in the channel";
    Position& position = positions_[message.channel()];
    const Position at = Decode(message.position());
    ASSERT_EQ(at.epoch, position.epoch) << "a message of another log";
    ASSERT_EQ(at.offset, FirstAfter(message.channel(), position));
    position = at;
  }

  // A checkpoint says that nothing lies between.
  void Skip(const std::string& channel, const std::string& token) {
    ASSERT_TRUE(positions_.contains(channel));
    const Position before = std::exchange(positions_[channel], Decode(token));
    const Position& now = positions_[channel];
    ASSERT_EQ(now.epoch, before.epoch) << "a checkpoint in another log";
    ASSERT_GT(now.offset, before.offset);
    ASSERT_GT(FirstAfter(channel, before), now.offset) << "a checkpoint hides a message";
  }

  void OnDiscontinuity(const edge::v1::Discontinuity& discontinuity) {
    const std::string& channel = discontinuity.channel();
    ASSERT_TRUE(positions_.contains(channel));
    const Position before = std::exchange(positions_[channel], Decode(discontinuity.position()));
    const Position& now = positions_[channel];
    if (discontinuity.reason() == edge::v1::DISCONTINUITY_EPOCH) {
      ASSERT_GT(now.epoch, before.epoch) << "told twice";
      ++new_logs_;
      return;
    }
    ASSERT_EQ(now.epoch, before.epoch);
    ASSERT_GT(now.offset, before.offset);
    ASSERT_LT(now.offset, world_.feed.start(now)) << "told to be lost, but the log has it";
    ++losses_;
  }

  void OnError(const edge::v1::Error& error) {
    switch (error.code()) {
      case edge::v1::ERROR_SLOW_READER:
        slow_ = ended_ = true;
        return;
      case edge::v1::ERROR_BUSY:
      case edge::v1::ERROR_JOIN_TIMEOUT:
      case edge::v1::ERROR_WRONG_MEMBERSHIP:
        return;
      default:
        FAIL() << error.DebugString();
    }
  }

  Offset FirstAfter(const std::string& channel, const Position& position) {
    for (const Offset offset : world_.feed.OffsetsOf(ChannelName(channel), position.epoch)) {
      if (offset > position.offset) return offset;
    }
    return INT64_MAX;
  }

  static Position Decode(const std::string& token) { return DecodeToken(token)->position; }

  World& world_;
  std::unique_ptr<World::Client> client_;
  std::uint64_t last_ref_ = 0;
  std::map<std::uint64_t, std::optional<Position>> asked_;
  std::map<std::string, Position> positions_;  // Of the channels that it believes to be in.
  int new_logs_ = 0;
  int losses_ = 0;
  bool ended_ = false;
  bool slow_ = false;
};

class Walk {
 public:
  explicit Walk(unsigned seed)
      : random_(seed),
        world_({.outbox_bytes_max = 12'000,
                .checkpoint_interval = std::chrono::seconds(1),
                .page_messages_max = 3}) {
    for (int i = 0; i < 5; ++i) clients_.push_back(NewClient({}));
  }

  void Run(int steps) {
    for (int step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) Step();
    // Everything heals, everybody reads.
    world_.feed.busy_pages = world_.feed.failing_attaches = 0;
    for (int round = 0; round < 200; ++round) {
      world_.feed.HandOn(world_.inbox);
      world_.feed.RunAll();
      world_.hub.Tick(now_);
      for (const auto& client : clients_) client->Read(true, random_);
    }
    for (const auto& client : clients_) client->ExpectCaughtUp();
    for (const auto& client : clients_) Count(*client);
  }

  int cut_off() const { return cut_off_; }
  int new_logs() const { return new_logs_; }
  int losses() const { return losses_; }
  int resumed() const {
    return static_cast<int>(world_.metrics.sessions.resumes_recovered.Value());
  }

 private:
  std::unique_ptr<ModelClient> NewClient(const std::map<std::string, Position>& positions) {
    return std::make_unique<ModelClient>(world_, positions);
  }

  std::string AnyChannel() { return std::string(1, static_cast<char>('a' + random_() % 4)); }

  void Step() {
    const std::size_t index = random_() % clients_.size();
    ModelClient& client = *clients_[index];
    switch (random_() % 16) {
      case 0:
        client.Join(AnyChannel(), std::nullopt);
        break;
      case 1:
        if (random_() % 4 == 0) client.Leave(AnyChannel());
        break;
      case 2:
        if (random_() % 2 == 0) Reconnect(index);
        break;
      case 3:
        now_ += std::chrono::milliseconds(300);
        world_.hub.Tick(now_);
        break;
      case 4:
        Disturb();
        break;
      case 5:
      case 6:
      case 7:
        world_.feed.Append(ChannelName(AnyChannel()), std::string(random_() % 1000, 'x'));
        break;
      case 8:
        world_.feed.HandOn(world_.inbox);
        break;
      case 9:
      case 10:
        // One of the clients reads seldom.
        if (index != 0 || random_() % 20 == 0) client.Read(random_() % 2 == 0, random_);
        break;
      default:
        for (std::size_t moved = random_() % 8; moved > 0; --moved) {
          if (random_() % 2 == 0) {
            world_.feed.StepRequest();
          } else {
            world_.feed.StepAnswer();
          }
        }
    }
  }

  void Disturb() {
    const ChannelName channel(AnyChannel());
    switch (random_() % 10) {
      case 0:
        world_.feed.busy_pages += 1;
        return;
      case 1:
        world_.feed.failing_attaches += 1;
        return;
      case 2:
        world_.feed.Expire(channel, world_.feed.end(channel) - static_cast<Offset>(random_() % 50));
        return;
      case 3:
        world_.Recreate(static_cast<Partition>(1 + random_() % 4));
        return;
      default:
        return;
    }
  }

  // A new stream that goes on where the old one was.
  void Reconnect(std::size_t index) {
    const std::map<std::string, Position> positions = clients_[index]->positions();
    Count(*clients_[index]);
    clients_[index] = NewClient(positions);
  }

  void Count(const ModelClient& client) {
    cut_off_ += client.slow() ? 1 : 0;
    new_logs_ += client.new_logs();
    losses_ += client.losses();
  }

  std::mt19937 random_;
  World world_;
  TimePoint now_{};
  std::vector<std::unique_ptr<ModelClient>> clients_;
  int cut_off_ = 0;
  int new_logs_ = 0;
  int losses_ = 0;
};

TEST(SessionWalkTest, EverySessionSeesEveryMessageAfterItsJoinOnceAndInOrder) {
  int cut_off = 0;
  int resumed = 0;
  int new_logs = 0;
  int losses = 0;
  const unsigned first = std::random_device()();
  for (unsigned seed = first; seed < first + 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk walk(seed);
    walk.Run(1500);
    cut_off += walk.cut_off();
    resumed += walk.resumed();
    new_logs += walk.new_logs();
    losses += walk.losses();
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(cut_off, 0) << "the walk must meet slow readers";
  EXPECT_GT(resumed, 100) << "the walk must meet resumed sessions";
  EXPECT_GT(new_logs, 100) << "the walk must meet members of a log that is re-created";
  EXPECT_GT(losses, 10) << "the walk must meet losses";
}

}  // namespace
}  // namespace parley::gateway
