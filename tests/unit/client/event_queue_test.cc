#include "client/event_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

namespace parley::client {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Message AMessage(std::size_t bytes) {
  Message message;
  message.content = std::string(bytes, 'x');
  return message;
}

TEST(EventQueueTest, NothingComesInTime) {
  EventQueue queue(10, 1000, [] {});
  EXPECT_FALSE(queue.Take(milliseconds(1)));
}

TEST(EventQueueTest, ClosedStandsBehindEverythingAndRepeats) {
  EventQueue queue(10, 1000, [] {});
  queue.Push(AMessage(1));
  queue.End({.code = "FIRST", .message = {}});
  queue.End({.code = "SECOND", .message = {}});
  EXPECT_TRUE(std::holds_alternative<Message>(*queue.Take(Duration::max())));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(std::get<Closed>(*queue.Take(Duration::max())).error.code, "FIRST");
  }
}

TEST(EventQueueTest, EndWakesWhoWaits) {
  EventQueue queue(10, 1000, [] {});
  std::optional<Event> taken;
  std::thread waiting([&] { taken = queue.Take(hours(1)); });
  queue.End({.code = "OVER", .message = {}});
  waiting.join();
  EXPECT_TRUE(taken && std::holds_alternative<Closed>(*taken));
}

TEST(EventQueueTest, AFullQueueSaysOnceWhenItIsHalfEmpty) {
  int has_room = 0;
  EventQueue queue(4, 1'000'000, [&] { ++has_room; });
  for (int i = 0; i < 3; ++i) queue.Push(AMessage(1));
  EXPECT_FALSE(queue.IsFull());
  queue.Push(AMessage(1));
  EXPECT_TRUE(queue.IsFull());
  EXPECT_TRUE(queue.Take(Duration::max()));
  EXPECT_EQ(has_room, 0);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.Take(Duration::max()));
  EXPECT_EQ(has_room, 1);
}

TEST(EventQueueTest, BytesCountToo) {
  EventQueue queue(1000, 10'000, [] {});
  queue.Push(AMessage(9'000));
  EXPECT_FALSE(queue.IsFull());
  queue.Push(AMessage(9'000));
  EXPECT_TRUE(queue.IsFull());
}

}  // namespace
}  // namespace parley::client
