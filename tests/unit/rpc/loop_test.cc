#include "services/common/rpc/loop.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/rpc/event_queue.h"

namespace parley::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

TEST(LoopTest, RunsPostedTasksInOrder) {
  Loop loop("test");
  std::vector<int> seen;
  for (int i = 0; i < 100'000; ++i) loop.Post([&seen, i] { seen.push_back(i); });
  loop.Run([] {});
  ASSERT_EQ(seen.size(), 100'000u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(LoopTest, KeepsEachThreadsOrderWhenSeveralPost) {
  Loop loop("test");
  constexpr int kThreads = 4;
  constexpr int kTasks = 20'000;
  std::vector<std::vector<int>> seen(kThreads);
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kTasks; ++i) loop.Post([&, thread, i] { seen[thread].push_back(i); });
      });
    }
  }
  loop.Run([] {});
  for (const std::vector<int>& of_thread : seen) {
    EXPECT_EQ(of_thread.size(), static_cast<std::size_t>(kTasks));
    EXPECT_TRUE(std::is_sorted(of_thread.begin(), of_thread.end()));
  }
}

TEST(LoopTest, RunsWhatItPostsToItselfAfterThePresentTask) {
  Loop loop("test");
  EventQueue events;
  loop.Post([&] {
    loop.Post([&] { events.Add("posted"); });
    events.Add("posting");
  });
  EXPECT_EQ(events.Next(), "posting");
  EXPECT_EQ(events.Next(), "posted");
}

TEST(LoopTest, TaskThatPostsItselfForeverLeavesRoomForTimersAndOthers) {
  Loop loop("test");
  std::function<void()> again = [&] { loop.Post(again); };
  loop.Post(again);
  EventQueue events;
  loop.Post([&] { loop.After(milliseconds(1), [&] { events.Add("timer"); }); });
  EXPECT_EQ(events.Next(), "timer");
  loop.Run([&] { events.Add("other"); });
  EXPECT_EQ(events.Next(), "other");
}

TEST(LoopTest, KnowsItsThread) {
  Loop loop("test");
  Loop other("other");
  EXPECT_FALSE(loop.OnLoop());
  loop.Run([&] {
    EXPECT_TRUE(loop.OnLoop());
    EXPECT_FALSE(other.OnLoop());
  });
}

TEST(LoopTest, RunThrowsWhatTheTaskThrows) {
  Loop loop("test");
  EXPECT_THROW(loop.Run([] { throw std::runtime_error("no"); }), std::runtime_error);
  loop.Run([] {});
}

TEST(LoopTest, FiresTimersInOrderAndNotEarly) {
  Loop loop("test");
  EventQueue events;
  const auto start = steady_clock::now();
  loop.Run([&] {
    loop.After(milliseconds(20), [&] { events.Add("second"); });
    loop.After(milliseconds(5), [&] { events.Add("first"); });
  });
  EXPECT_EQ(events.Next(), "first");
  EXPECT_GE(steady_clock::now() - start, milliseconds(5));
  EXPECT_EQ(events.Next(), "second");
  EXPECT_GE(steady_clock::now() - start, milliseconds(20));
}

TEST(LoopTest, FiresPeriodicTimerUntilItIsCancelled) {
  Loop loop("test");
  EventQueue events;
  loop.Run([&] {
    const auto count = std::make_shared<int>(0);
    const auto id = std::make_shared<Loop::TimerId>(0);
    *id = loop.Every(milliseconds(1), [&, count, id] {
      events.Add("tick");
      if (++*count == 3) {
        loop.Cancel(*id);
        loop.After(milliseconds(10), [&] { events.Add("end"); });
      }
    });
  });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(events.Next(), "tick");
  EXPECT_EQ(events.Next(), "end");
}

TEST(LoopTest, StopDestroysWhatHasNotRun) {
  const auto token = std::make_shared<int>(0);
  Loop loop("test");
  std::promise<void> go;
  loop.Post([&] { go.get_future().wait(); });
  bool ran = false;
  bool hook_ran = false;
  loop.Post([&, token] {
    loop.After(std::chrono::hours(1), [token] {});
    loop.Every(std::chrono::hours(1), [token] {});
    const auto forgotten = loop.AtStop([&, token] { ran = true; });
    loop.AtStop([&, token] { hook_ran = true; });
    loop.Forget(forgotten);
  });
  EventQueue events;
  loop.Post([&] { events.Add("set"); });
  go.set_value();
  EXPECT_EQ(events.Next(), "set");
  loop.Stop();
  loop.Stop();
  loop.Post([&, token] { ran = true; });
  EXPECT_TRUE(hook_ran);
  EXPECT_FALSE(ran);
  EXPECT_EQ(token.use_count(), 1);
}

TEST(LoopTest, StopsWhileOthersPost) {
  for (int round = 0; round < 50; ++round) {
    Loop loop("test");
    std::jthread poster([&](std::stop_token stop) {
      while (!stop.stop_requested()) loop.Post([] {});
    });
    loop.Run([] {});
    loop.Stop();
  }
}

// gRPC's own callback threads doze for up to 100 ms after an idle second; the pause here is what is
// tested. The best of a few tries, because the machine may be busy.
TEST(LoopTest, WakesPromptlyAfterAnIdleSecond) {
  Loop loop("test");
  auto best = steady_clock::duration::max();
  for (int round = 0; round < 3; ++round) {
    std::this_thread::sleep_for(milliseconds(1050));
    const auto start = steady_clock::now();
    loop.Run([] {});
    best = std::min(best, steady_clock::now() - start);
  }
  EXPECT_LT(best, milliseconds(10));
}

}  // namespace
}  // namespace parley::rpc
