#include "client/event_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace parley::client {
namespace {

std::size_t BytesOf(const Event& event) {
  const auto* message = std::get_if<Message>(&event);
  return sizeof(Event) + (message ? message->content.size() : 0);
}

}  // namespace

EventQueue::EventQueue(std::size_t events_max, std::size_t bytes_max,
                       std::function<void()> has_room)
    : events_max_(events_max), bytes_max_(bytes_max), has_room_(std::move(has_room)) {}

void EventQueue::Push(Event event) {
  {
    const std::lock_guard lock(mutex_);
    bytes_ += BytesOf(event);
    events_.push_back(std::move(event));
  }
  changed_.notify_one();
}

void EventQueue::End(Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (end_) return;
    end_ = std::move(error);
  }
  changed_.notify_all();
}

bool EventQueue::IsFull() {
  const std::lock_guard lock(mutex_);
  if (events_.size() < events_max_ && bytes_ < bytes_max_) return false;
  filler_waits_ = true;
  return true;
}

std::optional<Event> EventQueue::Take(Duration timeout) {
  // Whoever says "for ever" must not overflow the clock.
  timeout = std::min<Duration>(timeout, std::chrono::hours(24));
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, timeout, [this] { return !events_.empty() || end_; })) {
    return std::nullopt;
  }
  if (events_.empty()) return Closed{*end_};
  Event event = std::move(events_.front());
  events_.pop_front();
  bytes_ -= BytesOf(event);

  const bool has_room = events_.size() <= events_max_ / 2 && bytes_ <= bytes_max_ / 2;
  const bool wake_filler = filler_waits_ && has_room;
  if (wake_filler) filler_waits_ = false;
  lock.unlock();
  if (wake_filler) has_room_();
  return event;
}

}  // namespace parley::client
