#pragma once

#include <cstddef>
#include <cstdint>

#include "services/common/chat_record.h"

namespace parley::router {

// 128 bits that stand for a message's channel, sender and id: what makes two records copies of one
// publish. Two lanes of different kinds of hash, so that for all practical purposes equal prints
// mean equal messages.
struct Fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

[[nodiscard]] Fingerprint FingerprintOf(const ChatMessage& message);

struct FingerprintHash {
  std::size_t operator()(const Fingerprint& print) const noexcept {
    return static_cast<std::size_t>(print.high ^ print.low);
  }
};

}  // namespace parley::router
