#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "services/common/rpc/loop.h"
#include "services/common/rpc/server.h"
#include "services/gateway/presence/session_pages.h"

namespace parley::gateway {

// `Sessions.Snapshot` for presence replicas, on the server that routers dial. The pages are made on
// the worker, so that deliveries on the server's loop do not wait for them.
//
// Made before the server starts. The worker stops before the server does; the server is stopped
// before this ends.
class SnapshotService final {
 public:
  // Nothing when there is no more to be said.
  using Source = std::function<std::optional<SessionsSnapshot>()>;

  SnapshotService(rpc::Server& server, rpc::Loop& worker);

  // Answers from now on. The source is called on the worker and may outlive what it asks. Any
  // thread but the loops'.
  void Serve(Source source);

 private:
  class Call;

  rpc::Loop& loop_;  // The server's one.
  rpc::Loop& worker_;

  // On the loop.
  Source source_;
  std::size_t calls_ = 0;
};

}  // namespace parley::gateway
