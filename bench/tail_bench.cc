#include <deque>
#include <string>
#include <utility>

#include <benchmark/benchmark.h>

#include "parley/internal/v1/link.pb.h"
#include "services/common/chat_record.h"
#include "services/router/feed/frame.h"
#include "services/router/tail/tail.h"

namespace parley::router {
namespace {

constexpr int kRecords = 100;
constexpr int kChannels = 10;
constexpr int kLinks = 10;
constexpr std::size_t kFrameBytesMax = 256 * 1024;

std::string ChannelOf(int number) { return "channel-" + std::to_string(number % kChannels); }

BatchPtr MakeBatch() {
  BatchBuilder builder({.partitions = 1}, 0, 0);
  for (int i = 0; i < kRecords; ++i) {
    ChatMessage message;
    message.id = MessageId("0190a5a0-0000-7000-8000-000000000000");
    message.sender = UserId("ann");
    message.content = std::string(100, 'x');
    const std::string value = SerializeRecord(message);
    const std::string channel = ChannelOf(i);
    RawRecord raw;
    raw.offset = i;
    raw.time_ms = 1'700'000'000'000;
    raw.key = channel;
    raw.value = value;
    builder.Add(raw);
  }
  return builder.Take(kRecords - 1);
}

// A partition whose gateways each want all of its channels but one.
class FedPartition {
 public:
  FedPartition() {
    for (int link = 0; link < kLinks; ++link) {
      ChannelSet& wanted = wanted_.emplace_back(table_);
      for (int channel = 0; channel < kChannels; ++channel) {
        if (channel != link) wanted.Add(ChannelOf(channel));
      }
    }
    for (const BatchEntry& entry : batch_->entries()) {
      const auto index = static_cast<std::size_t>(&entry - batch_->entries().data());
      records_.MergeFromString(std::string(batch_->deliver_bytes(index, index + 1)));
    }
  }

  void Append() {
    tail_.Restart(0);
    for (std::uint32_t i = 0; i < batch_->entries().size(); ++i) tail_.Add(batch_, i);
    tail_.Advance(kRecords);
  }

  void Feed() {
    for (const ChannelSet& wanted : wanted_) {
      Slice slice = tail_.After(-1, wanted, kFrameBytesMax);
      const Frame frame = DeliverFrame(0, 1, 0, slice.through, std::move(slice.records));
      benchmark::DoNotOptimize(frame.head.data());
    }
  }
  void FeedSerializing() {
    for (const ChannelSet& wanted : wanted_) {
      internal::v1::RouterFrame frame;
      auto& deliver = *frame.mutable_deliver();
      deliver.set_serve(1);
      deliver.set_through(kRecords - 1);
      for (const auto& record : records_.records()) {
        if (wanted.Has(record.channel())) *deliver.add_records() = record;
      }
      const std::string bytes = frame.SerializeAsString();
      benchmark::DoNotOptimize(bytes.data());
    }
  }

 private:
  const BatchPtr batch_ = MakeBatch();
  internal::v1::Deliver records_;
  ChannelTable table_;
  std::deque<ChannelSet> wanted_;
  Tail tail_{TailConfig{}, table_};
};

void FeedLinks(benchmark::State& state) {
  FedPartition partition;
  for (auto _ : state) {
    partition.Append();
    partition.Feed();
  }
}
BENCHMARK(FeedLinks)->Name("100 records through the tail to 10 links/ours");

void FeedLinksBaseline(benchmark::State& state) {
  FedPartition partition;
  for (auto _ : state) {
    partition.Append();
    partition.FeedSerializing();
  }
  state.SetLabel("serializing them for each");
}
BENCHMARK(FeedLinksBaseline)->Name("100 records through the tail to 10 links/baseline");

}  // namespace
}  // namespace parley::router
