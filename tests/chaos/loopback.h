#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::chaos {

// Plain sockets on 127.0.0.1, with a time limit on everything.

// Ports that nobody uses, below the range from which the system takes ports for outgoing
// connections: a process that is killed and started again finds its port free. Throws
// std::runtime_error when there are not so many.
std::vector<int> FreePorts(std::size_t count);

std::string Loopback(int port);  // 127.0.0.1:PORT

// One connection; gone with the object.
class LoopbackSocket final {
 public:
  LoopbackSocket(int port, std::chrono::milliseconds timeout);
  ~LoopbackSocket();
  LoopbackSocket(const LoopbackSocket&) = delete;
  LoopbackSocket& operator=(const LoopbackSocket&) = delete;

  [[nodiscard]] bool Send(std::string_view bytes) const;
  // Exactly so many bytes, or nothing.
  [[nodiscard]] std::optional<std::string> Receive(std::size_t size) const;
  // Everything until the other end closes, or nothing.
  [[nodiscard]] std::optional<std::string> ReceiveAll() const;

 private:
  int socket_;  // -1: no connection.
};

// The body of the answer to GET, or nothing unless it is 200.
[[nodiscard]] std::optional<std::string> HttpGet(
    int port, const std::string& path,
    std::chrono::milliseconds timeout = std::chrono::milliseconds(2000));

}  // namespace parley::chaos
