#include "services/common/process/address.h"

#include <charconv>
#include <system_error>

namespace parley::process {
namespace {

std::optional<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || rest != end) return std::nullopt;
  return port;
}

}  // namespace

std::optional<Address> ParseAddress(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint16_t> port = ParsePort(text.substr(colon + 1));
  if (!port) return std::nullopt;

  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  // Without brackets nobody knows where an IPv6 address ends and its port begins.
  const bool has_colon = host.find(':') != std::string_view::npos;
  if (has_colon != bracketed || host.find_first_of("[]/ ") != std::string_view::npos) {
    return std::nullopt;
  }
  return Address{std::string(host), *port};
}

std::string FormatAddress(const Address& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  const std::string host = ipv6 ? '[' + address.host + ']' : address.host;
  return host + ':' + std::to_string(address.port);
}

}  // namespace parley::process
