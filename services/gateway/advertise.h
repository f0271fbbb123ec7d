#pragma once

#include <string>

namespace parley::gateway {

// What others are told to dial: `wanted` if there is one, otherwise the bound address. An address
// that stands for all interfaces becomes the host's name where that resolves, and the loopback
// address where it does not.
[[nodiscard]] std::string AdvertisedAddress(const std::string& wanted, const std::string& bound);

[[nodiscard]] std::string HostName();

}  // namespace parley::gateway
