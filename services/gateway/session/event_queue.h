#pragma once

#include <cstdint>
#include <utility>

#include "services/gateway/session/event_encoding.h"
#include "services/gateway/session/outbox.h"

namespace parley::gateway {

// What a session says to its client: events of all kinds, encoded for it, on their way into its
// outbox.
class EventQueue final {
 public:
  EventQueue(std::size_t bytes_max, const EventEncoding& encoding)
      : encoding_(encoding), outbox_(bytes_max) {}

  void Send(const edge::v1::Event& event) { outbox_.Push(encoding_.EncodeEvent(event)); }
  void Send(SharedEvent& event) { outbox_.Push(event.In(encoding_)); }
  void SendLast(const edge::v1::Event& event) {
    if (outbox_.overflowed()) delivered_ = 0;  // They were dropped.
    outbox_.PushLast(encoding_.EncodeEvent(event));
  }

  // The cost of a delivery: a look at a flag, a reference count and a pointer.
  void Deliver(const DeliveredMessage& message) {
    ++delivered_;
    outbox_.Push(message.In(encoding_));
  }
  // As long as a quarter of the outbox stays free for what comes live; false: not now.
  [[nodiscard]] bool DeliverBacklog(const DeliveredMessage& message) {
    const SharedBytes& bytes = message.In(encoding_);
    if (outbox_.bytes() + Outbox::CostOf(bytes) > outbox_.bytes_max() / 4 * 3) return false;
    ++delivered_;
    outbox_.Push(bytes);
    return true;
  }
  [[nodiscard]] bool WantsBacklog() const { return outbox_.bytes() < outbox_.bytes_max() / 2; }

  // How many messages went in since this was last asked, and were not dropped.
  [[nodiscard]] std::uint64_t TakeDelivered() { return std::exchange(delivered_, 0); }

  Outbox& outbox() { return outbox_; }
  const Outbox& outbox() const { return outbox_; }

 private:
  const EventEncoding& encoding_;
  Outbox outbox_;
  std::uint64_t delivered_ = 0;
};

}  // namespace parley::gateway
