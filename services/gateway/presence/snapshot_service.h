#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/rpc/loop.h"
#include "services/common/rpc/server.h"
#include "services/gateway/presence/session_pages.h"

namespace parley::gateway {

struct SnapshotServiceConfig {
  std::size_t calls_max = 8;
  Duration call_max = std::chrono::seconds(60);  // Then the call is cancelled.
};

// `Sessions.Snapshot` for presence replicas, on the server that routers dial. A part is made when
// the one before it has been sent, on the worker, so that deliveries on the server's loop do not
// wait, and a call holds no more than one part.
//
// Made before the server starts. The worker stops before the server does; the server is stopped
// before this ends.
class SnapshotService final {
 public:
  // The sessions that come after this one. Nothing when there is no more to be said.
  using Source = std::function<std::optional<SessionsPart>(const SessionId& after)>;

  SnapshotService(SnapshotServiceConfig config, rpc::Server& server, rpc::Loop& worker);

  // Answers from now on. The source is called on the worker and may outlive what it asks. Any
  // thread but the loops'.
  void Serve(Source source);

 private:
  class Call;

  const SnapshotServiceConfig config_;
  rpc::Loop& loop_;  // The server's one.
  rpc::Loop& worker_;

  // On the loop.
  Source source_;
  std::size_t calls_ = 0;
};

}  // namespace parley::gateway
