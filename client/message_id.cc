#include "client/message_id.h"

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>

namespace parley::client {

MessageId NewMessageId() {
  std::random_device device;
  const auto random = [&device] { return static_cast<std::uint32_t>(device()); };
  const std::uint32_t a = random();
  const std::uint32_t b = random();
  const std::uint32_t c = random();
  const std::uint32_t d = random();
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-%04x-%04x%08x", a, b >> 16, b & 0xfff,
                0x8000 | (c >> 16 & 0x3fff), c & 0xffff, d);
  return MessageId(text);
}

}  // namespace parley::client
