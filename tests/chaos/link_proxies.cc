#include "tests/chaos/link_proxies.h"

#include <algorithm>
#include <array>
#include <future>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

namespace parley::chaos {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Ways = LinkProxies::Ways;

// A connection through the proxy, from a router or presence replica, which is near, to a gateway,
// which is far: what comes in at one end goes out at the other. A way that is blocked is not read,
// so the ends notice by silence alone.
class Pair final : public std::enable_shared_from_this<Pair> {
 public:
  explicit Pair(tcp::socket near) : near_(std::move(near)), far_(near_.get_executor()) {}

  void Start(const tcp::endpoint& target, Ways blocked) {
    SetBlocked(blocked);
    far_.async_connect(target, [self = shared_from_this()](const error_code& error) {
      if (error) return self->Close();
      error_code ignored;
      self->near_.set_option(tcp::no_delay(true), ignored);
      self->far_.set_option(tcp::no_delay(true), ignored);
      self->connected_ = true;
      self->Read(self->up_);
      self->Read(self->down_);
    });
  }

  void Close() {
    open_ = false;
    error_code ignored;
    near_.close(ignored);
    far_.close(ignored);
  }

  void Block(Ways blocked) {
    SetBlocked(blocked);
    if (!connected_) return;
    // What had been read when a block began goes on when it ends.
    for (Way* way : {&up_, &down_}) {
      if (way->waiting && !way->blocked) Write(*way);
    }
  }

  bool open() const { return open_; }

 private:
  struct Way {
    tcp::socket& from;
    tcp::socket& to;
    std::array<char, 64 * 1024> bytes{};
    std::size_t size = 0;
    bool blocked = false;
    bool waiting = false;  // Read, and held back.
  };

  void SetBlocked(Ways ways) {
    up_.blocked = ways == Ways::kBoth;
    down_.blocked = ways != Ways::kNone;
  }

  void Read(Way& way) {
    way.from.async_read_some(
        asio::buffer(way.bytes),
        [self = shared_from_this(), &way](const error_code& error, std::size_t size) {
          if (error) return self->Close();
          way.size = size;
          way.waiting = way.blocked;
          if (!way.waiting) self->Write(way);
        });
  }

  void Write(Way& way) {
    way.waiting = false;
    asio::async_write(way.to, asio::buffer(way.bytes.data(), way.size),
                      [self = shared_from_this(), &way](const error_code& error, std::size_t) {
                        if (error) return self->Close();
                        self->Read(way);
                      });
  }

  tcp::socket near_;
  tcp::socket far_;
  Way up_{near_, far_};
  Way down_{far_, near_};
  bool connected_ = false;
  bool open_ = true;
};

class Proxy final {
 public:
  Proxy(asio::io_context& context, int target_port)
      : target_(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(target_port)),
        acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    Accept();
  }

  int port() const { return acceptor_.local_endpoint().port(); }

  void Cut() {
    cut_ = true;
    for (const auto& pair : Open()) pair->Close();
  }

  void Block(Ways ways) {
    blocked_ = ways;
    for (const auto& pair : Open()) pair->Block(ways);
  }

  void CutOne(std::size_t choice) {
    const auto& open = Open();
    if (!open.empty()) open[choice % open.size()]->Close();
  }

  void BlockOne(std::size_t choice, Ways ways) {
    const auto& open = Open();
    if (!open.empty()) open[choice % open.size()]->Block(ways);
  }

  void Heal() {
    cut_ = false;
    Block(Ways::kNone);
  }

  const std::vector<std::shared_ptr<Pair>>& Open() {
    std::erase_if(pairs_, [](const auto& pair) { return !pair->open(); });
    return pairs_;
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      if (error == asio::error::operation_aborted) return;
      if (!error && !cut_) {
        Open();
        pairs_.push_back(std::make_shared<Pair>(std::move(socket)));
        pairs_.back()->Start(target_, blocked_);
      }
      Accept();
    });
  }

  const tcp::endpoint target_;
  tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Pair>> pairs_;
  bool cut_ = false;
  Ways blocked_ = Ways::kNone;
};

}  // namespace

struct LinkProxies::State {
  // Runs `work` on the proxies' thread and waits for it.
  template <class Work>
  auto Run(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto done = task.get_future();
    asio::post(context, [&task] { task(); });
    return done.get();
  }

  asio::io_context context;
  std::vector<std::unique_ptr<Proxy>> proxies;
  std::vector<int> ports;  // Constant after construction.
  std::thread thread;      // Last: runs everything above.
};

LinkProxies::LinkProxies(const std::vector<int>& target_ports) : state_(std::make_unique<State>()) {
  for (const int port : target_ports) {
    state_->proxies.push_back(std::make_unique<Proxy>(state_->context, port));
    state_->ports.push_back(state_->proxies.back()->port());
  }
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

LinkProxies::~LinkProxies() {
  state_->context.stop();
  state_->thread.join();
}

std::string LinkProxies::Address(std::size_t proxy) const {
  return "127.0.0.1:" + std::to_string(state_->ports.at(proxy));
}

void LinkProxies::Cut(std::size_t proxy) {
  state_->Run([&] { state_->proxies.at(proxy)->Cut(); });
}

void LinkProxies::CutOne(std::size_t proxy, std::size_t choice) {
  state_->Run([&] { state_->proxies.at(proxy)->CutOne(choice); });
}

void LinkProxies::Block(std::size_t proxy, Ways ways) {
  state_->Run([&] { state_->proxies.at(proxy)->Block(ways); });
}

void LinkProxies::BlockOne(std::size_t proxy, std::size_t choice, Ways ways) {
  state_->Run([&] { state_->proxies.at(proxy)->BlockOne(choice, ways); });
}

void LinkProxies::Heal(std::size_t proxy) {
  state_->Run([&] { state_->proxies.at(proxy)->Heal(); });
}

std::size_t LinkProxies::Connections(std::size_t proxy) const {
  return state_->Run([&] { return state_->proxies.at(proxy)->Open().size(); });
}

}  // namespace parley::chaos
