#include "services/router/tail/fingerprint.h"

#include <functional>
#include <string_view>

namespace parley::router {
namespace {

constexpr std::uint64_t kFnvPrime = 0x100000001b3;
constexpr std::uint64_t kFnvBasis = 0xcbf29ce484222325;
constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;

void Mix(Fingerprint& print, std::string_view text) {
  for (const char c : text) {
    print.high = (print.high ^ static_cast<std::uint8_t>(c)) * kFnvPrime;
  }
  // The length keeps "ab" + "c" apart from "a" + "bc".
  print.high = (print.high ^ text.size()) * kFnvPrime;
  const std::uint64_t hash = std::hash<std::string_view>{}(text);
  print.low = (print.low ^ hash ^ hash >> 29) * kGolden;
  print.low ^= print.low >> 32;
}

}  // namespace

Fingerprint FingerprintOf(const ChatMessage& message) {
  Fingerprint print{kFnvBasis, kGolden};
  Mix(print, message.channel.value());
  Mix(print, message.sender.value());
  Mix(print, message.id.value());
  return print;
}

}  // namespace parley::router
