#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "services/common/process/admin_pages.h"
#include "services/common/process/admin_server.h"

namespace parley::process {

// One HTTP/1.1 connection to the port for operators: reads a request, answers it, and so on until
// the peer goes, asks to close, says something that is not understood, or takes longer over a
// request than it may.
//
// Lives on the server's thread. Owned by the operation in flight; `closed` is called when there is
// none any more.
class AdminConnection final : public std::enable_shared_from_this<AdminConnection> {
 public:
  AdminConnection(boost::asio::ip::tcp::socket socket, const AdminPages& pages,
                  const AdminLimits& limits, std::function<void()> closed);
  ~AdminConnection();

  void Start() { ReadRequest(); }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  void ReadRequest();
  void OnRequest(boost::beast::error_code error);
  void Answer(AdminPage page, bool keep_alive);
  void OnAnswered(boost::beast::error_code error);
  void Linger();

  const AdminPages& pages_;
  const AdminLimits limits_;
  const std::function<void()> closed_;

  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;  // Of the request being read or answered.
  Response response_;
};

}  // namespace parley::process
