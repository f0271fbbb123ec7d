#pragma once

#include <cstddef>
#include <vector>

#include "services/gateway/session/shared_bytes.h"

namespace parley::gateway {

// How much goes out in one write.
struct WriteLimits {
  std::size_t events_max = 1000;
  std::size_t bytes_max = 256 * 1024;
};

// What a session has yet to write, in order and bounded. It never waits for its reader: at the
// first event too many the queue is dropped and nothing more is taken in, because what the reader
// missed is read from the log when it resumes. Lives on one loop.
class Outbox final {
 public:
  // `bytes_max` bounds the events that wait or are in flight, with what it costs to hold them.
  explicit Outbox(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void Push(const SharedBytes& event);

  // Pushes the event that ends the session, whatever the bound. Nothing is taken in after it.
  void PushLast(const SharedBytes& event);

  // Replaces `out` by the events of the next write, at least one of them. Precondition: not empty.
  void Take(const WriteLimits& limits, std::vector<SharedBytes>& out);
  // What was taken has been written and counts no more.
  void Written() { in_flight_bytes_ = 0; }

  bool empty() const { return first_ == queue_.size(); }
  // More was pushed than the bound allows.
  bool overflowed() const { return overflowed_; }
  std::size_t bytes() const { return waiting_bytes_ + in_flight_bytes_; }
  std::size_t bytes_max() const { return bytes_max_; }

  static std::size_t CostOf(const SharedBytes& event) { return event.size() + sizeof(event); }

 private:
  void Append(const SharedBytes& event);
  void Drop();

  const std::size_t bytes_max_;
  std::vector<SharedBytes> queue_;
  std::size_t first_ = 0;  // Where the queue begins in `queue_`; what lies before has been taken.
  std::size_t waiting_bytes_ = 0;
  std::size_t in_flight_bytes_ = 0;
  bool overflowed_ = false;
  bool ended_ = false;
};

}  // namespace parley::gateway
