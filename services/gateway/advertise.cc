#include "services/gateway/advertise.h"

#include <netdb.h>
#include <unistd.h>

#include <array>

namespace parley::gateway {
namespace {

bool Resolves(const std::string& host) {
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, nullptr, &found) != 0) return false;
  freeaddrinfo(found);
  return true;
}

}  // namespace

std::string HostName() {
  std::array<char, 256> name{};
  const bool known = gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  return known ? name.data() : "localhost";
}

std::string AdvertisedAddress(const std::string& wanted, const std::string& bound) {
  if (!wanted.empty()) return wanted;
  const std::size_t colon = bound.rfind(':');
  const std::string host = bound.substr(0, colon);
  if (host != "0.0.0.0" && host != "[::]") return bound;
  const std::string name = HostName();
  return (Resolves(name) ? name : "127.0.0.1") + bound.substr(colon);
}

}  // namespace parley::gateway
