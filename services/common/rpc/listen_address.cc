#include "services/common/rpc/listen_address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace parley::rpc {
namespace {

std::string WhyNotBindable(const addrinfo& at) {
  const int fd = socket(at.ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::strerror(errno);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const std::string why = bind(fd, at.ai_addr, at.ai_addrlen) == 0 ? "" : std::strerror(errno);
  close(fd);
  return why;
}

}  // namespace

ListenAddress ParseListenAddress(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  ListenAddress parsed;
  bool ok = colon != std::string::npos && colon > 0;
  if (ok) {
    parsed.host = address.substr(0, colon);
    if (parsed.host.front() == '[' && parsed.host.back() == ']') {
      parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
    } else {
      ok = parsed.host.find(':') == std::string::npos;
    }
    const char* const end = address.data() + address.size();
    const auto number = std::from_chars(address.data() + colon + 1, end, parsed.port);
    ok = ok && !parsed.host.empty() && number.ec == std::errc() && number.ptr == end &&
         parsed.port >= 0 && parsed.port <= 65535;
  }
  if (!ok) {
    throw std::runtime_error("cannot listen on '" + address +
                             "': an address is HOST:PORT with a port from 0 to 65535, for example "
                             "127.0.0.1:50051, 0.0.0.0:0 or [::]:50051");
  }
  return parsed;
}

std::string WhyNotBindable(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const int failure = getaddrinfo(address.host.c_str(), port.c_str(), &hints, &found);
  if (failure != 0) return gai_strerror(failure);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  std::string why;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    why = WhyNotBindable(*at);
    if (why.empty()) return why;
  }
  return why;
}

std::string WithPort(const std::string& address, int port) {
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

}  // namespace parley::rpc
