#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "client/event.h"
#include "services/common/clock.h"

namespace parley::client {

// The events of a session that nobody has taken yet. It never refuses: whoever fills it asks
// `IsFull` and stops reading; `has_room` is called, without the lock, when it was full and has been
// emptied to a half. Thread-safe.
class EventQueue final {
 public:
  EventQueue(std::size_t events_max, std::size_t bytes_max, std::function<void()> has_room);

  void Push(Event event);
  // Puts `Closed` behind everything; once.
  void End(Error error);
  // Remembers that the filler stopped, if so.
  [[nodiscard]] bool IsFull();

  [[nodiscard]] std::optional<Event> Take(Duration timeout);

 private:
  const std::size_t events_max_;
  const std::size_t bytes_max_;
  const std::function<void()> has_room_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
  std::size_t bytes_ = 0;
  bool filler_waits_ = false;
  std::optional<Error> end_;
};

}  // namespace parley::client
