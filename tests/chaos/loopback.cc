#include "tests/chaos/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <random>
#include <set>
#include <stdexcept>

namespace parley::chaos {
namespace {

constexpr int kLowestPort = 10'000;

sockaddr_in AddressOf(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool IsFree(int port) {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = AddressOf(port);
  const bool free = bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return free;
}

timeval Timeval(std::chrono::milliseconds time) {
  timeval value{};
  value.tv_sec = time.count() / 1000;
  value.tv_usec = static_cast<suseconds_t>(time.count() % 1000 * 1000);
  return value;
}

}  // namespace

std::vector<int> FreePorts(std::size_t count) {
  int outgoing = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> outgoing;
  if (outgoing <= kLowestPort) outgoing = kLowestPort + 1000;
  std::random_device chance;
  std::uniform_int_distribution<int> draw(kLowestPort, outgoing - 1);
  std::set<int> seen;
  std::vector<int> found;
  constexpr std::size_t kTries = 5000;
  for (std::size_t i = 0; i < kTries && found.size() < count; ++i) {
    const int port = draw(chance);
    if (seen.insert(port).second && IsFree(port)) found.push_back(port);
  }
  if (found.size() < count) throw std::runtime_error("too few free ports on 127.0.0.1");
  return found;
}

std::string Loopback(int port) { return "127.0.0.1:" + std::to_string(port); }

LoopbackSocket::LoopbackSocket(int port, std::chrono::milliseconds timeout)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval limit = Timeval(timeout);
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const sockaddr_in address = AddressOf(port);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  close(socket_);
  socket_ = -1;
}

LoopbackSocket::~LoopbackSocket() {
  if (socket_ >= 0) close(socket_);
}

bool LoopbackSocket::Send(std::string_view bytes) const {
  if (socket_ < 0) return false;
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<std::string> LoopbackSocket::Receive(std::size_t size) const {
  std::string bytes(size, '\0');
  for (std::size_t have = 0; have < size;) {
    const ssize_t got = recv(socket_, bytes.data() + have, size - have, 0);
    if (got <= 0) return std::nullopt;
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

std::optional<std::string> LoopbackSocket::ReceiveAll() const {
  std::string bytes;
  std::array<char, 16 * 1024> chunk;
  while (true) {
    const ssize_t got = recv(socket_, chunk.data(), chunk.size(), 0);
    if (got < 0) return std::nullopt;
    if (got == 0) return bytes;
    bytes.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

std::optional<std::string> HttpGet(int port, const std::string& path,
                                   std::chrono::milliseconds timeout) {
  const LoopbackSocket socket(port, timeout);
  const std::string request =
      "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  if (!socket.Send(request)) return std::nullopt;
  const std::optional<std::string> answer = socket.ReceiveAll();
  if (!answer || !answer->starts_with("HTTP/1.1 200")) return std::nullopt;
  const std::size_t end_of_head = answer->find("\r\n\r\n");
  if (end_of_head == std::string::npos) return std::nullopt;
  return answer->substr(end_of_head + 4);
}

}  // namespace parley::chaos
