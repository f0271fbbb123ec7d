#pragma once

#include <prometheus/counter.h>

#include "services/gateway/session/event_encoding.h"

namespace parley::gateway {

// The encoding of parley.v1: each event comes out as a ServerFrame of its own that holds it alone.
// Protobuf reads several of them laid end to end as one ServerFrame with all their events, so a
// write is made by concatenation. Thread-safe.
class NativeEncoding final : public EventEncoding {
 public:
  explicit NativeEncoding(prometheus::Counter& encodings)
      : EventEncoding(0), encodings_(encodings) {}

  SharedBytes EncodeMessage(const DeliveredMessage& delivered) const override;
  SharedBytes EncodeEvent(const edge::v1::Event& event) const override;

 private:
  prometheus::Counter& encodings_;  // Of messages.
};

// The message as the public protocol says it.
void FillMessage(const DeliveredMessage& delivered, edge::v1::Message& message);

}  // namespace parley::gateway
