#pragma once

#include <grpcpp/support/status.h>

#include "services/common/rpc/server_call.h"

namespace parley::presence {

// The statuses with which a replica refuses or ends a call. UNAVAILABLE: ask another replica.
// RESOURCE_EXHAUSTED: watch again, and get everything anew.

inline grpc::Status NotReady() {
  return {grpc::StatusCode::UNAVAILABLE, "this replica is still reading the log"};
}
inline grpc::Status Unreadable() {
  return {grpc::StatusCode::INVALID_ARGUMENT, "the request cannot be parsed"};
}
inline grpc::Status TooManyWatchers() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "this replica has all the watchers that it takes"};
}
inline grpc::Status TooManyChannels() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "this watcher watches too many channels"};
}
inline grpc::Status TooSlow() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "the watcher did not read in time; watch again"};
}

// Ends a stream: at once, also when its client does not read what is on its way.
inline void EndCall(rpc::ServerCall& call, const grpc::Status& status) {
  if (call.writing()) {
    call.Cancel();
  } else {
    call.Finish(status);
  }
}

}  // namespace parley::presence
