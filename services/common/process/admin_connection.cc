#include "services/common/process/admin_connection.h"

#include <utility>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace parley::process {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

AdminPage Refusal(unsigned status, std::string line) {
  return {status, "text/plain; charset=utf-8", std::move(line) + '\n'};
}

std::string_view PathOf(std::string_view target) { return target.substr(0, target.find('?')); }

bool TooLarge(beast::error_code error) {
  return error == http::error::header_limit || error == http::error::buffer_overflow;
}

// Of the errors of a read, those that are about what was read; otherwise there is nobody to answer.
bool NotUnderstood(beast::error_code error) {
  return error.category() == http::make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

}  // namespace

AdminConnection::AdminConnection(boost::asio::ip::tcp::socket socket, const AdminPages& pages,
                                 const AdminLimits& limits, std::function<void()> closed)
    : pages_(pages),
      limits_(limits),
      closed_(std::move(closed)),
      stream_(std::move(socket)),
      buffer_(limits.request_bytes_max) {}

AdminConnection::~AdminConnection() { closed_(); }

void AdminConnection::ReadRequest() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits_.request_bytes_max));
  stream_.expires_after(limits_.request_time);  // For all of it, so that a trickle does not help.
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](beast::error_code error, std::size_t) {
                            self->OnRequest(error);
                          });
}

void AdminConnection::OnRequest(beast::error_code error) {
  if (TooLarge(error)) return Answer(Refusal(431, "the request is too large"), false);
  if (NotUnderstood(error)) return Answer(Refusal(400, "not an HTTP request"), false);
  if (error) return;

  const auto& request = parser_->get();
  // A body would have to be skipped before the next request; nobody has reason to send one.
  if (!parser_->is_done()) return Answer(Refusal(400, "requests have no body here"), false);
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    return Answer(Refusal(405, "only GET and HEAD are answered here"), false);
  }
  Answer(pages_.Get(PathOf(request.target())), request.keep_alive());
}

void AdminConnection::Answer(AdminPage page, bool keep_alive) {
  const auto& request = parser_->get();
  response_ = Response(static_cast<http::status>(page.status),
                       parser_->is_header_done() ? request.version() : 11);
  response_.set(http::field::content_type, page.content_type);
  response_.set(http::field::cache_control, "no-store");
  if (page.status == 405) response_.set(http::field::allow, "GET, HEAD");
  response_.keep_alive(keep_alive);
  response_.body() = std::move(page.body);
  response_.prepare_payload();
  if (request.method() == http::verb::head) response_.body().clear();  // The length stays.

  stream_.expires_after(limits_.request_time);
  http::async_write(stream_, response_,
                    [self = shared_from_this()](beast::error_code error, std::size_t) {
                      self->OnAnswered(error);
                    });
}

void AdminConnection::OnAnswered(beast::error_code error) {
  if (error) return;
  if (response_.keep_alive()) return ReadRequest();
  stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, error);
  Linger();
}

// Reads on until the peer closes: closing with bytes unread would make the kernel reset the
// connection, and the peer might never see the answer. The time of the answer goes on running.
void AdminConnection::Linger() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(buffer_.max_size()),
                          [self = shared_from_this()](beast::error_code error, std::size_t) {
                            if (!error) self->Linger();
                          });
}

}  // namespace parley::process
