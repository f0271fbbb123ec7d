#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace parley::presence {

// The id of a session in as few bytes as its kind allows, and exactly that id again: a UUID as
// gateways make them (36 characters in the canonical form, lower case) takes 17 bytes, any other id
// what it has. Equal bytes are equal ids.
class PackedId {
 public:
  // Precondition: `id` does not begin with NUL; a name does not. It must outlive this.
  explicit PackedId(std::string_view id);
  PackedId(const PackedId&) = delete;
  PackedId& operator=(const PackedId&) = delete;

  // As long as this and the id live. In their order UUIDs come first.
  std::string_view bytes() const { return bytes_; }
  // The id of these bytes.
  static std::string IdOf(std::string_view bytes);

 private:
  static constexpr std::size_t kUuidBytes = 16;

  std::array<char, 1 + kUuidBytes> uuid_{};  // After a NUL, with which no other id begins.
  std::string_view bytes_;
};

}  // namespace parley::presence
