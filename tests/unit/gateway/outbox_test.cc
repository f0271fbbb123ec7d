#include "services/gateway/session/outbox.h"

#include <deque>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

SharedBytes Event(std::size_t size, char fill = 'x') {
  return SharedBytes(std::string(size, fill));
}

std::string Text(const SharedBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.slice().begin()), bytes.size()};
}

const std::size_t kCost = Outbox::CostOf(Event(100));

TEST(OutboxTest, TakesInOrderAsMuchAsOneWriteMayHold) {
  Outbox outbox(10 * kCost);
  for (const char fill : {'a', 'b', 'c'}) outbox.Push(Event(100, fill));
  std::vector<SharedBytes> taken;
  outbox.Take({.events_max = 2}, taken);
  ASSERT_EQ(taken.size(), 2u);
  EXPECT_EQ(Text(taken[0]), std::string(100, 'a'));
  EXPECT_EQ(Text(taken[1]), std::string(100, 'b'));
  outbox.Written();
  outbox.Take({.bytes_max = 1}, taken);
  ASSERT_EQ(taken.size(), 1u) << "one event goes out however large it is";
  EXPECT_EQ(Text(taken[0]), std::string(100, 'c'));
  EXPECT_TRUE(outbox.empty());
}

TEST(OutboxTest, EventsInFlightCountUntilTheyAreWritten) {
  Outbox outbox(2 * kCost);
  outbox.Push(Event(100));
  outbox.Push(Event(100));
  std::vector<SharedBytes> taken;
  outbox.Take({}, taken);
  EXPECT_EQ(outbox.bytes(), 2 * kCost);
  outbox.Written();
  EXPECT_EQ(outbox.bytes(), 0u);
  outbox.Push(Event(100));
  EXPECT_FALSE(outbox.overflowed());
}

TEST(OutboxTest, HoldsExactlyItsBound) {
  Outbox outbox(2 * kCost);
  outbox.Push(Event(100));
  outbox.Push(Event(100));
  EXPECT_FALSE(outbox.overflowed());
  outbox.Push(Event(0));
  EXPECT_TRUE(outbox.overflowed());
}

TEST(OutboxTest, AtOneEventTooManyTheQueueIsDroppedAndStaysSo) {
  Outbox outbox(2 * kCost);
  for (int i = 0; i < 3; ++i) outbox.Push(Event(100));
  EXPECT_TRUE(outbox.empty());
  EXPECT_EQ(outbox.bytes(), 0u);
  outbox.Push(Event(1));
  EXPECT_TRUE(outbox.empty());
}

TEST(OutboxTest, TheLastEventGoesInWhateverTheBoundAndNothingAfterIt) {
  Outbox outbox(2 * kCost);
  for (int i = 0; i < 3; ++i) outbox.Push(Event(100));
  outbox.PushLast(Event(5, 'z'));
  outbox.PushLast(Event(5, 'y'));
  outbox.Push(Event(5, 'y'));
  std::vector<SharedBytes> taken;
  outbox.Take({}, taken);
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(Text(taken[0]), "zzzzz");
}

TEST(OutboxTest, EmptyEventsTakeRoomToo) {
  Outbox outbox(1000);
  int taken_in = 0;
  for (; !outbox.overflowed(); ++taken_in) outbox.Push(Event(0));
  EXPECT_LT(taken_in, 1000);
}

TEST(OutboxTest, RandomPushesAndTakesAgreeWithAQueue) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Outbox outbox(1 << 20);
  std::deque<std::string> model;
  std::vector<SharedBytes> taken;
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 3 != 0) {
      const SharedBytes event = Event(random() % 40, static_cast<char>('a' + random() % 26));
      model.push_back(Text(event));
      outbox.Push(event);
    } else if (!outbox.empty()) {
      outbox.Take({.events_max = 1 + random() % 5, .bytes_max = random() % 300}, taken);
      for (const SharedBytes& event : taken) {
        ASSERT_EQ(Text(event), model.front());
        model.pop_front();
      }
      outbox.Written();
    }
    std::size_t bytes = 0;
    for (const std::string& event : model) bytes += Outbox::CostOf(SharedBytes(event));
    ASSERT_EQ(outbox.bytes(), bytes);
    ASSERT_EQ(outbox.empty(), model.empty());
    if (model.size() > 60) {
      while (!outbox.empty()) outbox.Take({}, taken);
      outbox.Written();
      model.clear();
    }
  }
}

}  // namespace
}  // namespace parley::gateway
