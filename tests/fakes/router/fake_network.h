#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "services/common/rpc/server.h"

namespace parley::router {

// What a router finds on the network in a test: a presence replica that lists one gateway, and that
// gateway's end of the link, on one server. Frames are kept for the test's thread, which waits for
// what it needs.
class FakeNetwork final {
 public:
  FakeNetwork(std::int64_t log_epoch, std::int32_t partitions);
  ~FakeNetwork();

  const std::string& address() const { return server_.address(); }

  void Send(const internal::v1::GatewayFrame& frame);
  void BreakLink();
  // The gateway's log from now on.
  void SetEpoch(std::int64_t log_epoch) { log_epoch_ = log_epoch; }
  // The frames that came so far satisfy it, within ten seconds.
  using Frames = std::vector<internal::v1::RouterFrame>;
  [[nodiscard]] bool Await(const std::function<bool(const Frames&)>& condition);

 private:
  class WatchCall;
  class AttachCall;

  std::atomic<std::int64_t> log_epoch_;
  const std::int32_t partitions_;

  std::mutex mutex_;
  std::condition_variable changed_;
  Frames frames_;                   // Guarded by mutex_.
  AttachCall* attached_ = nullptr;  // On the loop.

  rpc::Server server_;
};

}  // namespace parley::router
