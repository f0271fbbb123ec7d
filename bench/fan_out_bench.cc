#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "services/gateway/hub/delivered_message.h"
#include "services/gateway/session/outbox.h"
#include "tests/unit/gateway/world.h"

namespace parley::gateway {
namespace {

constexpr int kMembers = 1000;
constexpr int kEvents = 100;  // Of a write.

// A thousand sessions of one loop in one channel, and a message of 100 bytes for them each time.
class Audience {
 public:
  Audience() {
    for (int i = 0; i < kMembers; ++i) members_.push_back(world_.EnterAndJoin("ann", "general"));
  }

  MessagePtr NextMessage() {
    ChatMessage message;
    message.channel = channel_;
    message.id = MessageId("0190a5a0-0000-7000-8000-000000000000");
    message.sender = UserId("ann");
    message.content = std::string(100, 'x');
    const Position position{world_.log.epoch, PartitionOf(channel_, world_.log.partitions),
                            next_++};
    return std::make_shared<DeliveredMessage>(std::move(message), position, position.offset - 1,
                                              1'700'000'000'000);
  }

  void Deliver(const MessagePtr& message) {
    const Position& position = message->position();
    world_.hub.OnMessages(position.partition, position.offset, {message});
  }
  void DeliverEncodingForEach(const MessagePtr& message) {
    for (const auto& member : members_) {
      member->session.events().outbox().Push(world_.encoding.EncodeMessage(*message));
      member->session.Flush();
    }
  }

  void Read() {
    for (const auto& member : members_) {
      member->session.events().outbox().Take({}, taken_);
      member->session.OnWritten();
      benchmark::DoNotOptimize(taken_.data());
    }
  }

 private:
  const ChannelName channel_{"general"};
  World world_;
  Offset next_ = 0;
  std::vector<SharedBytes> taken_;
  // The last member: they reach back into the world.
  std::vector<std::unique_ptr<World::Client>> members_;
};

void FanOut(benchmark::State& state) {
  Audience audience;
  for (auto _ : state) {
    audience.Deliver(audience.NextMessage());
    audience.Read();
  }
}
BENCHMARK(FanOut)->Name("a message to 1,000 sessions/ours");

void FanOutBaseline(benchmark::State& state) {
  Audience audience;
  for (auto _ : state) {
    audience.DeliverEncodingForEach(audience.NextMessage());
    audience.Read();
  }
  state.SetLabel("encoding it for each");
}
BENCHMARK(FanOutBaseline)->Name("a message to 1,000 sessions/baseline");

void PushAndTake(benchmark::State& state) {
  const SharedBytes event(std::string(200, 'x'));
  Outbox outbox(1024 * 1024);
  std::vector<SharedBytes> taken;
  for (auto _ : state) {
    for (int i = 0; i < kEvents; ++i) outbox.Push(event);
    outbox.Take({}, taken);
    outbox.Written();
    benchmark::DoNotOptimize(taken.data());
  }
}
BENCHMARK(PushAndTake)->Name("100 events of 200 bytes through an outbox/ours");

void PushAndTakeBaseline(benchmark::State& state) {
  const std::string event(200, 'x');
  std::deque<std::string> outbox;
  std::vector<std::string> taken;
  for (auto _ : state) {
    for (int i = 0; i < kEvents; ++i) outbox.push_back(event);
    taken.assign(std::make_move_iterator(outbox.begin()), std::make_move_iterator(outbox.end()));
    outbox.clear();
    benchmark::DoNotOptimize(taken.data());
  }
  state.SetLabel("a queue of copies");
}
BENCHMARK(PushAndTakeBaseline)->Name("100 events of 200 bytes through an outbox/baseline");

}  // namespace
}  // namespace parley::gateway
