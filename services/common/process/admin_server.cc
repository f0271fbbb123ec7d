#include "services/common/process/admin_server.h"

#include <pthread.h>

#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>

#include "services/common/process/address.h"
#include "services/common/process/admin_connection.h"
#include "services/common/process/admin_pages.h"

namespace parley::process {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// When accepting fails, the process is out of descriptors; they will not come back sooner for being
// asked for.
constexpr std::chrono::milliseconds kAcceptRetry{500};

[[noreturn]] void Refuse(const std::string& address, const std::string& reason) {
  throw std::runtime_error("admin address " + address + ": " + reason +
                           "; choose another address, or stop the program that holds it");
}

std::vector<tcp::endpoint> Resolve(asio::io_context& context, const std::string& text) {
  const std::optional<Address> address = ParseAddress(text);
  if (!address) {
    throw std::runtime_error("admin address '" + text +
                             "': not of the form host:port, [ipv6]:port or :port");
  }
  if (address->host.empty()) return {{tcp::v6(), address->port}, {tcp::v4(), address->port}};
  tcp::resolver resolver(context);
  error_code error;
  const auto found = resolver.resolve(address->host, std::to_string(address->port), error);
  if (error) Refuse(text, error.message());
  return {found.begin(), found.end()};
}

error_code Open(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) {
  error_code error;
  if (acceptor.open(endpoint.protocol(), error)) return error;
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  const bool all_interfaces = endpoint.address().is_unspecified();
  if (endpoint.protocol() == tcp::v6() && all_interfaces) {
    acceptor.set_option(asio::ip::v6_only(false), error);
  }
  if (acceptor.bind(endpoint, error)) return error;
  acceptor.listen(tcp::acceptor::max_listen_connections, error);
  return error;
}

// The first address that this machine has: a name may stand for IPv6 where there is only IPv4.
tcp::acceptor Listen(asio::io_context& context, const std::string& text) {
  error_code error;
  for (const tcp::endpoint& endpoint : Resolve(context, text)) {
    tcp::acceptor acceptor(context);
    error = Open(acceptor, endpoint);
    if (!error) return acceptor;
    const bool not_here = error == asio::error::address_family_not_supported ||
                          error == boost::system::errc::address_not_available;
    if (!not_here) break;
  }
  Refuse(text, error.message());
}

std::string AddressOf(const tcp::acceptor& acceptor) {
  const tcp::endpoint endpoint = acceptor.local_endpoint();
  return FormatAddress({endpoint.address().to_string(), endpoint.port()});
}

}  // namespace

// Everything but construction and destruction happens on the thread.
struct AdminServer::State {
  State(const std::string& wanted, std::shared_ptr<prometheus::Registry> registry,
        Readiness readiness, const AdminLimits& admin_limits)
      : limits(admin_limits),
        pages(std::move(registry), std::move(readiness)),
        acceptor(Listen(context, wanted)),
        accept_retry(context),
        address(AddressOf(acceptor)) {
    Accept();
    thread = std::thread([this] { context.run(); });
    pthread_setname_np(thread.native_handle(), "admin");
  }

  ~State() {
    context.stop();
    thread.join();
    stopping = true;
  }

  void Accept() {
    if (connections == limits.connections_max) return;
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
      if (error) return AcceptLater();
      ++connections;
      std::make_shared<AdminConnection>(std::move(socket), pages, limits, [this] {
        OnClosed();
      })->Start();
      Accept();
    });
  }

  void AcceptLater() {
    accept_retry.expires_after(kAcceptRetry);
    accept_retry.async_wait([this](error_code) { Accept(); });
  }

  void OnClosed() {
    if (stopping) return;  // The context, as it is destroyed, drops the connections that are left.
    if (connections-- == limits.connections_max) Accept();
  }

  const AdminLimits limits;
  const AdminPages pages;
  std::size_t connections = 0;
  bool stopping = false;
  asio::io_context context{1};
  tcp::acceptor acceptor;
  asio::steady_timer accept_retry;
  const std::string address;
  std::thread thread;  // Last: it runs what stands above.
};

AdminServer::AdminServer(const std::string& address, std::shared_ptr<prometheus::Registry> registry,
                         Readiness readiness, const AdminLimits& limits)
    : state_(std::make_unique<State>(address, std::move(registry), std::move(readiness), limits)) {}

AdminServer::~AdminServer() = default;

const std::string& AdminServer::address() const { return state_->address; }

}  // namespace parley::process
