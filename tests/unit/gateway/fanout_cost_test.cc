#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/gateway/cost_meter.h"
#include "tests/unit/gateway/world.h"

namespace parley::gateway {
namespace {

const ChannelName kChannel("general");

// What making the bytes costs: the event, its texts, the bytes and the slice that shares them.
constexpr std::size_t kAllocationsPerEncodingMax = 16;

// Another kind of client than the native one.
class OtherEncoding final : public EventEncoding {
 public:
  explicit OtherEncoding(prometheus::Counter& encodings) : EventEncoding(1), native_(encodings) {}

  SharedBytes EncodeMessage(const DeliveredMessage& message) const override {
    return native_.EncodeMessage(message);
  }
  SharedBytes EncodeEvent(const edge::v1::Event& event) const override {
    return native_.EncodeEvent(event);
  }

 private:
  const NativeEncoding native_;
};

// A session in the channel. It is read as the transports do, into a vector that is kept.
class Member {
 public:
  Member(World& world, const EventEncoding& encoding)
      : session_(world.context, SessionId(world.uuids.Next()), transport_, encoding, TimePoint{}) {
    edge::v1::ClientFrame hello;
    hello.mutable_hello()->set_user("ann");
    session_.OnFrame(hello, {});
    edge::v1::ClientFrame join;
    join.mutable_join()->set_channel(kChannel.value());
    session_.OnFrame(join, {});
    world.feed.RunAll();
    Read();
  }

  const std::vector<SharedBytes>& Read() {
    session_.events().outbox().Take({}, taken_);
    session_.OnWritten();
    return taken_;
  }

 private:
  FakeTransport transport_;
  Session session_;
  std::vector<SharedBytes> taken_;
};

// Sessions of one loop that are all in one channel.
class FanOut {
 public:
  explicit FanOut(int members) {
    for (int i = 0; i < members; ++i) Admit(world_.encoding);
    WarmUp();
  }
  // Every second member is of another kind.
  static std::unique_ptr<FanOut> OfTwoKinds(int members) {
    auto fan_out = std::make_unique<FanOut>(members / 2);
    for (int i = 0; i < members / 2; ++i) fan_out->Admit(fan_out->other_encoding_);
    fan_out->WarmUp();
    return fan_out;
  }

  // Hands on one message of 100 bytes. All but the hub's work is left out of the account.
  Cost Deliver() {
    ChatMessage message;
    message.channel = kChannel;
    message.id = MessageId("0190a5a0-0000-7000-8000-000000000000");
    message.sender = UserId("ann");
    message.content = std::string(100, 'x');
    const Position position{world_.log.epoch, PartitionOf(kChannel, world_.log.partitions),
                            next_++};
    const std::vector<MessagePtr> batch{std::make_shared<DeliveredMessage>(
        std::move(message), position, position.offset - 1, 1'700'000'000'000)};
    const double encodings_before = encodings();
    Cost cost;
    {
      const CostMeter meter;
      world_.hub.OnMessages(position.partition, position.offset, batch);
      cost = meter.Read();
    }
    encodings_ = encodings() - encodings_before;
    return cost;
  }

  // Made by the last `Deliver`.
  double last_encodings() const { return encodings_; }
  std::vector<std::unique_ptr<Member>>& members() { return members_; }

 private:
  double encodings() const { return world_.metrics.sessions.encodings.Value(); }

  void Admit(const EventEncoding& encoding) {
    members_.push_back(std::make_unique<Member>(world_, encoding));
  }

  // Until the vectors of all have the size that they keep.
  void WarmUp() {
    for (int i = 0; i < 3; ++i) {
      static_cast<void>(Deliver());
      for (const auto& member : members_) member->Read();
    }
  }

  World world_;
  const OtherEncoding other_encoding_{world_.metrics.sessions.encodings};
  Offset next_ = 0;
  double encodings_ = 0;
  // The last member: they reach back into the world.
  std::vector<std::unique_ptr<Member>> members_;
};

// Where the bytes lie that the member was given for the last message.
const void* AddressOfMessage(Member& member) {
  const std::vector<SharedBytes>& taken = member.Read();
  EXPECT_EQ(taken.size(), 1u);
  return taken.empty() ? nullptr : taken.front().slice().begin();
}

TEST(CostMeterTest, CountsWhatTheCodeAndItsLibrariesDo) {
  std::mutex mutex;
  const std::string long_text(100, 'x');
  const std::unique_ptr<int> counted_not = std::make_unique<int>(1);
  const CostMeter meter;
  ASSERT_EQ(meter.Read(), Cost{});
  const auto kept = std::make_unique<std::string>(long_text);
  EXPECT_EQ(meter.Read().allocations, 2u) << "the string and its text";
  const grpc::Slice slice(*kept);
  EXPECT_EQ(meter.Read().allocations, 3u) << "gRPC does not use operator new";
  const std::lock_guard lock(mutex);
  EXPECT_EQ(meter.Read().locks, 1u);
}

TEST(FanOutCostTest, AThousandMembersCostOneEncoding) {
  FanOut fan_out(1000);
  const Cost cost = fan_out.Deliver();
  RecordProperty("allocations", static_cast<int>(cost.allocations));
  EXPECT_EQ(fan_out.last_encodings(), 1);
  EXPECT_LE(cost.allocations, kAllocationsPerEncodingMax);
}

TEST(FanOutCostTest, AllocationsDoNotDependOnTheMembers) {
  FanOut few(10);
  FanOut many(1000);
  EXPECT_EQ(few.Deliver().allocations, many.Deliver().allocations);
}

TEST(FanOutCostTest, NoMutexIsLocked) {
  FanOut few(10);
  FanOut many(1000);
  EXPECT_EQ(few.Deliver().locks, 0u);
  EXPECT_EQ(many.Deliver().locks, 0u);
}

TEST(FanOutCostTest, EveryOutboxHoldsTheSameBytes) {
  FanOut fan_out(1000);
  static_cast<void>(fan_out.Deliver());
  const void* bytes = AddressOfMessage(*fan_out.members().front());
  for (std::size_t i = 1; i < fan_out.members().size(); ++i) {
    ASSERT_EQ(AddressOfMessage(*fan_out.members()[i]), bytes) << "member " << i;
  }
}

TEST(FanOutCostTest, EachEncodingCostsOnce) {
  FanOut one_kind(1000);
  const auto two_kinds = FanOut::OfTwoKinds(1000);
  const Cost one = one_kind.Deliver();
  const Cost two = two_kinds->Deliver();
  EXPECT_EQ(two_kinds->last_encodings(), 2);
  EXPECT_EQ(two.allocations, 2 * one.allocations);
  EXPECT_EQ(two.locks, 0u);
}

}  // namespace
}  // namespace parley::gateway
