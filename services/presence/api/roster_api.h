#pragma once

#include <set>

#include "parley/internal/v1/registry.pb.h"
#include "services/common/rpc/server.h"
#include "services/presence/directory.h"

namespace parley::presence {

// The service `Presence`: who is in a channel, where a user is, which channels there are, and the
// changes of chosen rosters. Lives on the server's one loop; outlives its calls.
class RosterApi {
 public:
  // Before the server is started.
  RosterApi(rpc::Server& server, Directory& directory);

  // Sends what there is to send to every watcher that has read what it got.
  void Tick();

 private:
  class WatchCall;

  grpc::Status Channel(const internal::v1::ChannelRequest& request,
                       internal::v1::ChannelReply& reply) const;
  grpc::Status User(const internal::v1::UserRequest& request, internal::v1::UserReply& reply) const;
  grpc::Status List(const internal::v1::ListRequest& request, internal::v1::ListReply& reply) const;

  Directory& directory_;
  std::set<WatchCall*> calls_;
};

}  // namespace parley::presence
