#pragma once

#include <string>

namespace parley::process {

// A TCP client that says what a test wants it to say, whether or not that is HTTP. Blocking; throws
// std::runtime_error.
class HttpClient final {
 public:
  explicit HttpClient(const std::string& address);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  void Send(const std::string& bytes);
  // Sends what it can; false when the server has closed the connection.
  [[nodiscard]] bool TrySend(const std::string& bytes);

  // One answer, by its Content-Length. Empty when the server closes instead.
  [[nodiscard]] std::string ReadAnswer(bool with_body = true);
  // All that comes until the server closes.
  [[nodiscard]] std::string ReadToEnd();
  // Whether something, or the end, can be read now or within the time.
  [[nodiscard]] bool Readable(int milliseconds) const;

 private:
  bool ReadSome();

  int socket_ = -1;
  std::string received_;
};

// The whole answer to one request on a connection of its own.
[[nodiscard]] std::string Ask(const std::string& address, const std::string& method,
                              const std::string& target);

}  // namespace parley::process
