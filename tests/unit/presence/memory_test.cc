// What the registry takes for a session besides the names of its user and its channel. Not with
// sanitizers: their allocator is another.
#ifndef __SANITIZE_ADDRESS__

#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <iostream>
#include <string>

#include "services/gateway/publish/uuid_source.h"
#include "services/presence/registry/registry.h"
#include "tests/unit/presence/events.h"

namespace parley::presence {
namespace {

constexpr std::size_t kSessions = 100'000;
constexpr std::size_t kNameBytes = 16;
constexpr std::size_t kBytesMax = 200;  // A session with its id, besides its names.

std::size_t BytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::string NameOf(char kind, std::size_t number) {
  const std::string digits = std::to_string(number);
  return kind + std::string(kNameBytes - 1 - digits.size(), '-') + digits;
}

class MemoryTest : public testing::TestWithParam<std::size_t> {};

TEST_P(MemoryTest, SessionTakesLittleBesidesItsNames) {
  const std::size_t channels = GetParam();
  gateway::UuidSource uuids(1);
  const std::size_t before = BytesInUse();
  Registry registry;
  EventSource one("one");
  Changes changes;
  for (std::size_t i = 0; i < kSessions; ++i) {
    const std::string id = uuids.Next();
    const std::string user = NameOf('u', i);
    static_cast<void>(registry.Apply(one.Connect(id, user), At(0), changes));
    const auto join = one.Join(id, user, NameOf('c', i % channels));
    static_cast<void>(registry.Apply(join, At(0), changes));
    changes.clear();
  }
  ASSERT_EQ(registry.attendance().sessions(), kSessions);
  ASSERT_EQ(registry.attendance().channels(), channels);
  const std::size_t taken = BytesInUse() - before;
  const std::size_t names = (kSessions + channels) * kNameBytes;
  const std::size_t each = (taken - names) / kSessions;
  std::cout << kSessions << " sessions in " << channels << " channels: " << each
            << " bytes a session besides its names, " << taken / kSessions << " with them\n";
  EXPECT_LE(each, kBytesMax);
}

INSTANTIATE_TEST_SUITE_P(Channels, MemoryTest, testing::Values(1, 1'000, kSessions));

}  // namespace
}  // namespace parley::presence

#endif
