#include "tests/fakes/router/fake_network.h"

#include <deque>
#include <utility>

#include "parley/internal/v1/registry.pb.h"
#include "services/common/link_version.h"
#include "services/common/rpc/loop.h"

namespace parley::router {
namespace {

rpc::ServerOptions Options() {
  rpc::ServerOptions options;
  options.name = "fake";
  options.message_bytes_max = std::size_t{4} << 20;
  return options;
}

}  // namespace

class FakeNetwork::WatchCall final : public rpc::CallHandler {
 public:
  WatchCall(rpc::ServerCall& call, FakeNetwork& network) : call_(call), network_(network) {
    call_.Read();
  }

  void OnMessage(rpc::Bytes) override {
    internal::v1::ServersUpdate update;
    update.set_snapshot(true);
    internal::v1::Server& server = *update.add_up();
    server.set_id("gateway");
    server.set_epoch(1);
    server.set_link_address(network_.address());
    call_.Write(rpc::Encode(update));
  }

 private:
  rpc::ServerCall& call_;
  FakeNetwork& network_;
};

class FakeNetwork::AttachCall final : public rpc::CallHandler {
 public:
  AttachCall(rpc::ServerCall& call, FakeNetwork& network) : call_(call), network_(network) {
    network_.attached_ = this;
    internal::v1::GatewayFrame frame;
    frame.mutable_hello()->set_server_id("gateway");
    frame.mutable_hello()->set_version(kLinkVersion);
    frame.mutable_hello()->set_log_epoch(network_.log_epoch_);
    frame.mutable_hello()->set_partitions(network_.partitions_);
    Send(frame);
    call_.Read();
  }

  void Send(const internal::v1::GatewayFrame& frame) {
    outgoing_.push_back(rpc::Encode(frame));
    OnWritten();
  }
  void Break() { call_.Cancel(); }
  void OnWritten() override {
    if (outgoing_.empty() || call_.writing()) return;
    rpc::Bytes next = std::move(outgoing_.front());
    outgoing_.pop_front();
    call_.Write(std::move(next));
  }
  void OnMessage(rpc::Bytes message) override {
    internal::v1::RouterFrame frame;
    if (rpc::Decode(message, frame)) {
      const std::lock_guard lock(network_.mutex_);
      network_.frames_.push_back(std::move(frame));
      network_.changed_.notify_all();
    }
    call_.Read();
  }
  void OnDone() override {
    if (network_.attached_ == this) network_.attached_ = nullptr;
  }

 private:
  rpc::ServerCall& call_;
  FakeNetwork& network_;
  std::deque<rpc::Bytes> outgoing_;
};

FakeNetwork::FakeNetwork(std::int64_t log_epoch, std::int32_t partitions)
    : log_epoch_(log_epoch), partitions_(partitions), server_(Options()) {
  server_.Handle("/parley.internal.v1.Registry/Watch", [this](rpc::ServerCall& call) {
    return std::make_unique<WatchCall>(call, *this);
  });
  server_.Handle("/parley.internal.v1.GatewayLink/Attach", [this](rpc::ServerCall& call) {
    return std::make_unique<AttachCall>(call, *this);
  });
  server_.Start();
}

FakeNetwork::~FakeNetwork() { server_.Stop(Duration::zero()); }

void FakeNetwork::Send(const internal::v1::GatewayFrame& frame) {
  server_.loops().front()->Run([&] {
    if (attached_ != nullptr) attached_->Send(frame);
  });
}

void FakeNetwork::BreakLink() {
  server_.loops().front()->Run([&] {
    if (attached_ != nullptr) attached_->Break();
  });
}

bool FakeNetwork::Await(const std::function<bool(const Frames&)>& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return condition(frames_); });
}

}  // namespace parley::router
