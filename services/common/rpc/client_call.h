#pragma once

#include <functional>
#include <memory>
#include <string>

#include <grpcpp/channel.h>
#include <grpcpp/support/status.h>

#include "services/common/clock.h"
#include "services/common/rpc/bytes.h"
#include "services/common/rpc/loop.h"

namespace parley::rpc {

// What a client does with one call. All on the call's loop. The listener outlives the call or has
// let go of it.
class CallListener {
 public:
  virtual ~CallListener() = default;
  virtual void OnStarted() {}  // The call is under way; writes may start.
  virtual void OnMessage(Bytes message) = 0;
  virtual void OnWritten() {}
  // The call is over; called exactly once unless the call was let go of. Nothing follows.
  virtual void OnDone(const grpc::Status& status) = 0;
};

// A bidirectional call from a loop, raw bytes in and out. Reads go on by themselves. Destroying the
// handle cancels the call and cuts the listener off at once; what gRPC still holds is freed when
// gRPC gives it back. It may be destroyed from within any of the listener's methods.
class ClientCall {
 public:
  // All on the loop; the destructor also on any thread once the loop has stopped.
  ClientCall(Loop& loop, std::shared_ptr<grpc::Channel> channel, const std::string& method,
             CallListener& listener);
  ~ClientCall();

  // Precondition: started, not half-closed, and no write in flight. When the call is over it does
  // nothing.
  void Write(Bytes message);
  bool writing() const;
  // No more writes will come; waits for the one in flight.
  void HalfClose();

 private:
  class Impl;
  Impl* impl_;  // Owns itself; see the .cc.
};

// A plaintext channel for peers of ours: keepalive, bounded backoff, no proxy, a connection of its
// own.
std::shared_ptr<grpc::Channel> Connect(const std::string& address);

// One unary call, started on the loop. `done` runs there, exactly once, unless the loop is stopped
// first.
void CallUnary(Loop& loop, const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
               Bytes request, Duration deadline,
               std::function<void(const grpc::Status&, Bytes)> done);

}  // namespace parley::rpc
