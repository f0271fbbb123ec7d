#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley::process {

// Where to listen or connect: `host:port`, `[::1]:port`, and `:port` for all interfaces.
struct Address {
  std::string host;  // Empty: all interfaces.
  std::uint16_t port = 0;

  friend bool operator==(const Address&, const Address&) = default;
};

[[nodiscard]] std::optional<Address> ParseAddress(std::string_view text);
[[nodiscard]] std::string FormatAddress(const Address& address);

}  // namespace parley::process
