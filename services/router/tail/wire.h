#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Protobuf's wire format by hand, for messages that are put together from parts that are serialized
// already. The tests hold it against protobuf itself.
namespace parley::router::wire {

inline std::size_t VarintSize(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7) ++size;
  return size;
}

inline void AppendVarint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

// Zero is left out, as proto3 does.
inline void AppendNumber(std::string& out, int field, std::int64_t value) {
  if (value == 0) return;
  AppendVarint(out, static_cast<std::uint64_t>(field) << 3);
  AppendVarint(out, static_cast<std::uint64_t>(value));
}

// The head of a field of `size` bytes: what follows is the caller's.
inline void AppendHead(std::string& out, int field, std::size_t size) {
  AppendVarint(out, static_cast<std::uint64_t>(field) << 3 | 2);
  AppendVarint(out, size);
}

inline std::size_t HeadSize(int field, std::size_t size) {
  return VarintSize(static_cast<std::uint64_t>(field) << 3) + VarintSize(size);
}

// Empty text is left out, as proto3 does.
inline void AppendText(std::string& out, int field, std::string_view text) {
  if (text.empty()) return;
  AppendHead(out, field, text.size());
  out.append(text);
}

}  // namespace parley::router::wire
