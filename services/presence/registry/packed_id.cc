#include "services/presence/registry/packed_id.h"

#include <cassert>
#include <cstdint>
#include <optional>

namespace parley::presence {
namespace {

constexpr std::string_view kForm = "00000000-0000-0000-0000-000000000000";

std::optional<std::uint8_t> ValueOf(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return std::nullopt;
}

}  // namespace

PackedId::PackedId(std::string_view id) : bytes_(id) {
  assert(!id.starts_with('\0'));
  if (id.size() != kForm.size()) return;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (kForm[i] == '-') {
      if (id[i] != '-') return;
      continue;
    }
    const auto value = ValueOf(id[i]);
    if (!value) return;
    char& byte = uuid_[1 + digits++ / 2];
    byte = static_cast<char>(static_cast<std::uint8_t>(byte) << 4 | *value);
  }
  bytes_ = {uuid_.data(), uuid_.size()};
}

std::string PackedId::IdOf(std::string_view bytes) {
  if (!bytes.starts_with('\0')) return std::string(bytes);
  std::string id(kForm);
  std::size_t digits = 0;
  for (char& character : id) {
    if (character == '-') continue;
    const auto byte = static_cast<std::uint8_t>(bytes[1 + digits / 2]);
    character = "0123456789abcdef"[digits++ % 2 == 0 ? byte >> 4 : byte & 0xf];
  }
  return id;
}

}  // namespace parley::presence
