#include <map>
#include <memory>
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
// given each message after its position, once and in order, unless it is told of a loss.
class ModelClient {
 public:
  ModelClient(World& world, std::unique_ptr<World::Client> client)
      : world_(world), client_(std::move(client)) {}

  World::Client& client() { return *client_; }
  bool ended() const { return ended_; }
  bool slow() const { return slow_; }
  const std::map<std::string, Offset>& positions() const { return positions_; }

  void Join(const std::string& channel, Offset after) {
    asked_[++last_ref_] = after;
    client_->Join(channel, after == kLive ? "" : world_.Token(channel, after), last_ref_);
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
      for (const Offset offset : world_.feed.OffsetsOf(ChannelName(channel))) {
        EXPECT_LE(offset, position) << channel << ": never came";
      }
    }
  }

  static constexpr Offset kLive = -2;

 private:
  void On(const Event& event) {
    ASSERT_FALSE(ended_) << "something came after the end";
    switch (event.event_case()) {
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
        ASSERT_TRUE(positions_.contains(event.discontinuity().channel()));
        positions_[event.discontinuity().channel()] = Decode(event.discontinuity().position());
        return;
      case Event::kError:
        OnError(event.error());
        return;
      default:
        FAIL() << event.DebugString();
    }
  }

  void OnJoined(const edge::v1::Joined& joined, Offset asked) {
    const std::string& channel = joined.channel();
    ASSERT_FALSE(positions_.contains(channel));
    const Offset position = Decode(joined.position());
    if (asked == kLive) {
      ASSERT_EQ(joined.recovery(), edge::v1::RECOVERY_NOT_ASKED);
    } else if (joined.recovery() == edge::v1::RECOVERY_COMPLETE) {
      ASSERT_EQ(position, asked);
    } else {
      ASSERT_EQ(joined.recovery(), edge::v1::RECOVERY_EXPIRED);
    }
    positions_[channel] = position;
  }

  void OnMessage(const edge::v1::Message& message) {
    ASSERT_TRUE(positions_.contains(message.channel())) << "not in the channel";
    Offset& position = positions_[message.channel()];
    const Offset expected = FirstAfter(message.channel(), position);
    ASSERT_EQ(Decode(message.position()), expected);
    position = expected;
  }

  // A checkpoint says that nothing lies between.
  void Skip(const std::string& channel, const std::string& token) {
    ASSERT_TRUE(positions_.contains(channel));
    const Offset position = Decode(token);
    ASSERT_GT(position, positions_[channel]);
    ASSERT_GT(FirstAfter(channel, positions_[channel]), position) << "a checkpoint hides a message";
    positions_[channel] = position;
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

  Offset FirstAfter(const std::string& channel, Offset position) {
    for (const Offset offset : world_.feed.OffsetsOf(ChannelName(channel))) {
      if (offset > position) return offset;
    }
    return INT64_MAX;
  }

  static Offset Decode(const std::string& token) { return DecodeToken(token)->position.offset; }

  World& world_;
  std::unique_ptr<World::Client> client_;
  std::uint64_t last_ref_ = 0;
  std::map<std::uint64_t, Offset> asked_;
  std::map<std::string, Offset> positions_;  // Of the channels that it believes to be in.
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
    for (int i = 0; i < 5; ++i) clients_.push_back(NewClient());
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
  }

  int cut_off() const { return cut_off_; }
  int resumed() const {
    return static_cast<int>(world_.metrics.sessions.resumes_recovered.Value());
  }

 private:
  std::unique_ptr<ModelClient> NewClient() {
    return std::make_unique<ModelClient>(world_, world_.Enter("ann"));
  }

  std::string AnyChannel() { return std::string(1, static_cast<char>('a' + random_() % 4)); }

  void Step() {
    const std::size_t index = random_() % clients_.size();
    ModelClient& client = *clients_[index];
    switch (random_() % 16) {
      case 0:
        client.Join(AnyChannel(), ModelClient::kLive);
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
      default:
        return;
    }
  }

  // A new stream that goes on where the old one was.
  void Reconnect(std::size_t index) {
    const std::map<std::string, Offset> positions = clients_[index]->positions();
    cut_off_ += clients_[index]->slow() ? 1 : 0;
    clients_[index] = NewClient();
    for (const auto& [channel, position] : positions) clients_[index]->Join(channel, position);
  }

  std::mt19937 random_;
  World world_;
  TimePoint now_{};
  std::vector<std::unique_ptr<ModelClient>> clients_;
  int cut_off_ = 0;
};

TEST(SessionWalkTest, EverySessionSeesEveryMessageAfterItsJoinOnceAndInOrder) {
  int cut_off = 0;
  int resumed = 0;
  const unsigned first = std::random_device()();
  for (unsigned seed = first; seed < first + 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk walk(seed);
    walk.Run(1500);
    cut_off += walk.cut_off();
    resumed += walk.resumed();
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(cut_off, 0) << "the walk must meet slow readers";
  EXPECT_GT(resumed, 100) << "the walk must meet resumed sessions";
}

}  // namespace
}  // namespace parley::gateway
