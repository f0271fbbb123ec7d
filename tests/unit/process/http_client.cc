#include "tests/unit/process/http_client.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <stdexcept>

#include "services/common/process/address.h"

namespace parley::process {
namespace {

constexpr int kPatienceSeconds = 20;

}  // namespace

HttpClient::HttpClient(const std::string& address) {
  const std::optional<Address> to = ParseAddress(address);
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (!to || getaddrinfo(to->host.c_str(), std::to_string(to->port).c_str(), &hints, &found) != 0) {
    throw std::runtime_error("no such address: " + address);
  }
  socket_ = socket(found->ai_family, SOCK_STREAM, 0);
  const timeval patience = {kPatienceSeconds, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const int failed = connect(socket_, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  if (failed != 0) throw std::runtime_error("cannot connect to " + address);
}

HttpClient::~HttpClient() { close(socket_); }

void HttpClient::Send(const std::string& bytes) {
  if (!TrySend(bytes)) throw std::runtime_error("the server has closed the connection");
}

bool HttpClient::TrySend(const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const ssize_t n = send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

std::string HttpClient::ReadAnswer(bool with_body) {
  std::size_t header_end;
  while ((header_end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!ReadSome()) return {};
  }
  std::size_t length = header_end + 4;
  const std::string name = "Content-Length: ";
  const std::size_t at = received_.find(name);
  if (with_body && at < header_end) length += std::stoul(received_.substr(at + name.size()));
  while (received_.size() < length) {
    if (!ReadSome()) return {};
  }
  const std::string answer = received_.substr(0, length);
  received_.erase(0, length);
  return answer;
}

std::string HttpClient::ReadToEnd() {
  while (ReadSome()) {
  }
  return std::move(received_);
}

bool HttpClient::Readable(int milliseconds) const {
  pollfd wanted = {socket_, POLLIN, 0};
  return poll(&wanted, 1, milliseconds) > 0;
}

bool HttpClient::ReadSome() {
  std::array<char, 4096> chunk;
  const ssize_t n = recv(socket_, chunk.data(), chunk.size(), 0);
  if (n < 0 && errno == EAGAIN) throw std::runtime_error("the server says nothing");
  if (n <= 0) return false;
  received_.append(chunk.data(), static_cast<std::size_t>(n));
  return true;
}

std::string Ask(const std::string& address, const std::string& method, const std::string& target) {
  HttpClient client(address);
  client.Send(method + ' ' + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  return client.ReadToEnd();
}

}  // namespace parley::process
