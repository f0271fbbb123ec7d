#include "cli/probe/addresses.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "services/common/process/address.h"

namespace parley::cli {
namespace {

std::vector<std::string> NumbersOf(const process::Address& address) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (getaddrinfo(address.host.c_str(), nullptr, &wanted, &first) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(first, &freeaddrinfo);
  std::vector<std::string> numbers;
  for (const addrinfo* one = first; one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) == 0) {
      numbers.push_back(process::FormatAddress({text.data(), address.port}));
    }
  }
  return numbers;
}

}  // namespace

std::vector<std::string> AddressesOf(const std::vector<std::string>& servers) {
  std::set<std::string> addresses;
  for (const std::string& server : servers) {
    if (const std::optional<process::Address> address = process::ParseAddress(server)) {
      for (std::string& each : NumbersOf(*address)) addresses.insert(std::move(each));
    }
  }
  return {addresses.begin(), addresses.end()};
}

Sides Divide(std::vector<std::string> addresses, std::mt19937_64& chance) {
  if (addresses.size() < 2) return {addresses, addresses};
  std::ranges::shuffle(addresses, chance);
  const auto middle = addresses.begin() + static_cast<std::ptrdiff_t>(addresses.size() / 2);
  return {{addresses.begin(), middle}, {middle, addresses.end()}};
}

}  // namespace parley::cli
