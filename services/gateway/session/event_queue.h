#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "services/common/ids.h"
#include "services/gateway/session/event_encoding.h"
#include "services/gateway/session/outbox.h"
#include "services/gateway/session/transport.h"

namespace parley::gateway {

// What a session says to its client: events of all kinds, encoded for it, on their way into its
// outbox. What is encoded to nothing is not for this kind of client.
class EventQueue final {
 public:
  EventQueue(std::size_t bytes_max, const EventEncoding& encoding, Transport& transport)
      : encoding_(encoding), transport_(transport), outbox_(bytes_max) {}

  // From now on this sender's messages whose ids begin so are passed over: the client wrote them
  // here and does not expect them back.
  void PassOver(UserId sender, std::string id_prefix) {
    own_sender_ = std::move(sender);
    own_id_prefix_ = std::move(id_prefix);
  }

  void Send(const edge::v1::Event& event) {
    transport_.OnEvent(event);
    Push(encoding_.EncodeEvent(event));
  }
  void Send(SharedEvent& event) { Push(event.In(encoding_)); }
  void SendLast(const edge::v1::Event& event) {
    if (outbox_.overflowed()) delivered_ = 0;  // They were dropped.
    const SharedBytes bytes = encoding_.EncodeEvent(event);
    if (bytes.size() > 0) outbox_.PushLast(bytes);
  }

  // The cost of a delivery: a look at some flags, a reference count and a pointer.
  void Deliver(const DeliveredMessage& message) {
    const SharedBytes* bytes = BytesOf(message);
    if (bytes == nullptr) return;
    ++delivered_;
    outbox_.Push(*bytes);
  }
  // As long as a quarter of the outbox stays free for what comes live; false: not now.
  [[nodiscard]] bool DeliverBacklog(const DeliveredMessage& message) {
    const SharedBytes* bytes = BytesOf(message);
    if (bytes == nullptr) return true;
    if (outbox_.bytes() + Outbox::CostOf(*bytes) > outbox_.bytes_max() / 4 * 3) return false;
    ++delivered_;
    outbox_.Push(*bytes);
    return true;
  }
  [[nodiscard]] bool WantsBacklog() const { return outbox_.bytes() < outbox_.bytes_max() / 2; }

  // How many messages went in since this was last asked, and were not dropped.
  [[nodiscard]] std::uint64_t TakeDelivered() { return std::exchange(delivered_, 0); }

  Outbox& outbox() { return outbox_; }
  const Outbox& outbox() const { return outbox_; }

 private:
  void Push(const SharedBytes& bytes) {
    if (bytes.size() > 0) outbox_.Push(bytes);
  }
  // Nothing: the message is not for this client.
  const SharedBytes* BytesOf(const DeliveredMessage& message) const {
    if (!own_id_prefix_.empty() && message.message().id.value().starts_with(own_id_prefix_) &&
        message.message().sender == own_sender_) {
      return nullptr;
    }
    const SharedBytes& bytes = message.In(encoding_);
    return bytes.size() == 0 ? nullptr : &bytes;
  }

  const EventEncoding& encoding_;
  Transport& transport_;
  UserId own_sender_;
  std::string own_id_prefix_;
  Outbox outbox_;
  std::uint64_t delivered_ = 0;
};

}  // namespace parley::gateway
