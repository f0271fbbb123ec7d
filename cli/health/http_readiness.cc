#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include "cli/health/health_answer.h"

namespace parley::cli {
namespace {

constexpr std::size_t kAnswerBytesMax = 16'384;

// A socket that gives up at a deadline.
class Connection final {
 public:
  explicit Connection(Duration timeout) : until_(clock_.Now() + timeout) {}
  ~Connection() {
    if (socket_ >= 0) close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // All of these return false with `errno` set.
  bool Connect(const addrinfo& address) {
    socket_ = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return false;
    if (connect(socket_, address.ai_addr, address.ai_addrlen) == 0) return true;
    if (errno != EINPROGRESS || !Wait(POLLOUT)) return false;
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &length);
    errno = error;
    return error == 0;
  }

  bool Send(std::string_view text) {
    while (!text.empty()) {
      if (!Wait(POLLOUT)) return false;
      const ssize_t sent = send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Until the other side closes, or there is as much as anybody wants to see.
  bool Receive(std::string& text, std::size_t bytes_max) {
    char buffer[4096];
    while (text.size() < bytes_max) {
      if (!Wait(POLLIN)) return false;
      const ssize_t got = recv(socket_, buffer, sizeof buffer, 0);
      if (got <= 0) return got == 0;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return true;
  }

 private:
  bool Wait(short events) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until_ - clock_.Now()).count();
    pollfd descriptor{.fd = socket_, .events = events, .revents = 0};
    const int ready = poll(&descriptor, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready == 0) errno = ETIMEDOUT;
    return ready > 0;
  }

  const SystemClock clock_;
  const TimePoint until_;
  int socket_ = -1;
};

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses Resolve(const std::string& address) {
  addrinfo* found = nullptr;
  const std::size_t colon = address.rfind(':');
  if (colon != std::string::npos) {
    std::string host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found) != 0) {
      found = nullptr;
    }
  }
  return {found, &freeaddrinfo};
}

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find('\n')); }

HealthAnswer Judge(std::string_view response) {
  const std::size_t space = response.find(' ');
  if (!response.starts_with("HTTP/1.") || space == std::string_view::npos) {
    return {false, "it does not speak HTTP"};
  }
  const std::string_view status = response.substr(space + 1, 3);
  if (status == "200") return {true, {}};
  const std::size_t body = response.find("\r\n\r\n");
  std::string reason = "/readyz answers " + std::string(status);
  if (body != std::string_view::npos) {
    reason += ": " + std::string(FirstLine(response.substr(body + 4)));
  }
  return {false, reason};
}

}  // namespace

HealthAnswer AskReadiness(const std::string& admin, Duration timeout) {
  const Addresses addresses = Resolve(admin);
  if (!addresses) return {false, "it is not an address (HOST:PORT)"};
  const std::string request =
      "GET /readyz HTTP/1.1\r\nHost: " + admin + "\r\nConnection: close\r\n\r\n";
  std::string error;
  for (const addrinfo* each = addresses.get(); each != nullptr; each = each->ai_next) {
    Connection connection(timeout);
    std::string response;
    if (connection.Connect(*each) && connection.Send(request) &&
        connection.Receive(response, kAnswerBytesMax)) {
      return Judge(response);
    }
    error = std::strerror(errno);
  }
  return {false, error};
}

}  // namespace parley::cli
