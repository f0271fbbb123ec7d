#pragma once

#include <string>

namespace parley::rpc {

// A TCP address to listen on: `host:port` or `[v6]:port`; port 0 asks for a free one.
struct ListenAddress {
  std::string host;
  int port = 0;
};

// Throws std::runtime_error that says what an address looks like.
[[nodiscard]] ListenAddress ParseListenAddress(const std::string& address);

// Why the address cannot be bound now, or nothing. gRPC does not tell.
[[nodiscard]] std::string WhyNotBindable(const ListenAddress& address);

// The text of `address` with another port.
[[nodiscard]] std::string WithPort(const std::string& address, int port);

}  // namespace parley::rpc
