#pragma once

#include <array>
#include <optional>
#include <utility>

#include "parley/edge/v1/chat.pb.h"
#include "services/gateway/hub/delivered_message.h"

namespace parley::gateway {

// How one kind of client is written to: the messages, which are encoded once for all, and every
// other event. No bytes: clients of this kind are not told.
class EventEncoding : public MessageEncoding {
 public:
  using MessageEncoding::MessageEncoding;
  virtual SharedBytes EncodeEvent(const edge::v1::Event& event) const = 0;
};

// An event for several sessions, encoded once for each of their encodings. Lives on one loop.
class SharedEvent final {
 public:
  explicit SharedEvent(edge::v1::Event event) : event_(std::move(event)) {}

  const SharedBytes& In(const EventEncoding& encoding) {
    std::optional<SharedBytes>& bytes = bytes_[encoding.index()];
    if (!bytes) bytes = encoding.EncodeEvent(event_);
    return *bytes;
  }

 private:
  const edge::v1::Event event_;
  std::array<std::optional<SharedBytes>, MessageEncoding::kEncodingsMax> bytes_;
};

}  // namespace parley::gateway
