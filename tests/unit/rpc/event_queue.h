#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace parley::rpc {

// What happened on other threads, in order, as short texts that a test waits for one by one.
class EventQueue final {
 public:
  void Add(std::string event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    added_.notify_one();
  }

  // Waits for it; a test that hangs says so instead.
  std::string Next() {
    std::unique_lock lock(mutex_);
    if (!added_.wait_for(lock, std::chrono::seconds(30), [this] { return !events_.empty(); })) {
      return "nothing happened";
    }
    std::string event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

  bool empty() const {
    const std::lock_guard lock(mutex_);
    return events_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable added_;
  std::deque<std::string> events_;
};

}  // namespace parley::rpc
