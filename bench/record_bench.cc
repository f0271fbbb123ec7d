#include <cinttypes>
#include <cstdio>
#include <string>

#include <benchmark/benchmark.h>

#include "services/common/chat_record.h"
#include "services/common/position.h"
#include "services/common/text.h"

namespace parley {
namespace {

const ChannelName kChannel("general");
constexpr Position kPosition{1'700'000'000'000, 3, 123'456'789};

void Parse(benchmark::State& state, const std::string& value) {
  RawRecord raw;
  raw.time_ms = 1'700'000'000'000;
  raw.key = kChannel.value();
  raw.value = value;
  for (auto _ : state) {
    const ParsedRecord parsed = ParseRecord(raw, kContentBytesMaxDefault);
    if (!std::holds_alternative<LogRecord>(parsed)) state.SkipWithError("unreadable");
    benchmark::DoNotOptimize(&parsed);
  }
}

void ParseProtobuf(benchmark::State& state) {
  ChatMessage message;
  message.id = MessageId("0190a5a0-0000-7000-8000-000000000000");
  message.sender = UserId("ann");
  message.content = std::string(100, 'x');
  message.accepted_at_us = 1'700'000'000'000'000;
  Parse(state, SerializeRecord(message));
}
BENCHMARK(ParseProtobuf)->Name("a record of 100 bytes in protobuf/ours");

void ParseJson(benchmark::State& state) {
  Parse(state, R"({"id":"0190a5a0-0000-7000-8000-000000000000","user_id":"ann","content":")" +
                   std::string(100, 'x') + R"(","timestamp":"2023-11-14T22:13:20.000Z"})");
  state.SetLabel("in JSON");
}
BENCHMARK(ParseJson)->Name("a record of 100 bytes in protobuf/baseline");

void Encode(benchmark::State& state) {
  for (auto _ : state) {
    const std::string token = EncodeToken(kPosition, kChannel);
    benchmark::DoNotOptimize(token.data());
  }
}
BENCHMARK(Encode)->Name("a token encoded/ours");

// The same four numbers in decimal digits.
std::string Print() {
  char text[80];
  const int size =
      std::snprintf(text, sizeof(text), "%" PRId64 ".%d.%" PRId64 ".%" PRIu32, kPosition.epoch,
                    kPosition.partition, kPosition.offset, ChannelCheck(kChannel));
  return {text, static_cast<std::size_t>(size)};
}

void EncodeBaseline(benchmark::State& state) {
  for (auto _ : state) {
    const std::string text = Print();
    benchmark::DoNotOptimize(text.data());
  }
  state.SetLabel("snprintf");
}
BENCHMARK(EncodeBaseline)->Name("a token encoded/baseline");

void Decode(benchmark::State& state) {
  const std::string token = EncodeToken(kPosition, kChannel);
  for (auto _ : state) {
    const auto decoded = DecodeToken(token);
    benchmark::DoNotOptimize(&decoded);
  }
}
BENCHMARK(Decode)->Name("a token decoded/ours");

void DecodeBaseline(benchmark::State& state) {
  const std::string text = Print();
  for (auto _ : state) {
    DecodedToken decoded;
    const int fields =
        std::sscanf(text.c_str(), "%" SCNd64 ".%d.%" SCNd64 ".%" SCNu32, &decoded.position.epoch,
                    &decoded.position.partition, &decoded.position.offset, &decoded.channel_check);
    if (fields != 4) state.SkipWithError("unreadable");
    benchmark::DoNotOptimize(&decoded);
  }
  state.SetLabel("sscanf");
}
BENCHMARK(DecodeBaseline)->Name("a token decoded/baseline");

}  // namespace
}  // namespace parley
