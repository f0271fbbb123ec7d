#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <grpcpp/support/status.h>

#include "services/common/rpc/bytes.h"

namespace parley::rpc {

class Loop;
class ServerCall;

// What a service does with one call. Made by a factory when the call arrives, owned by the call,
// destroyed after `OnDone`. All on the call's loop.
class CallHandler {
 public:
  virtual ~CallHandler() = default;
  // A message that `Read` asked for.
  virtual void OnMessage(Bytes message) = 0;
  // The client will send nothing more; answers `Read`. A client that is gone may look like that
  // before `OnDone`.
  virtual void OnHalfClose() {}
  // The write in flight is done; the next may start.
  virtual void OnWritten() {}
  // The call is over: finished by us, or the client is gone. Nothing may be called on the call any
  // more.
  virtual void OnDone() {}
};

// One call of any kind on the server, raw bytes in and out. Lives on one loop and is owned by
// itself: it is deleted after the handler's `OnDone`, when gRPC has given back everything that was
// started.
//
// At most one read and one write are in flight. `Finish` may be called while a write is in flight:
// it waits for it, and is done once. `Cancel` ends a call whose client does not read (its client
// sees CANCELLED). After either of them the handler hears nothing but `OnDone`, and what it still
// starts is ignored. A message beyond the server's limit ends the call (its client sees
// RESOURCE_EXHAUSTED).
class ServerCall {
 public:
  virtual ~ServerCall() = default;

  virtual void Read() = 0;
  // Sends the headers now, for clients that wait for them, unless they went already: they go with
  // the first write at the latest.
  virtual void SendHeaders() = 0;
  virtual void Write(Bytes message) = 0;
  virtual bool writing() const = 0;
  // Adds to the trailers, before `Finish`. Never with text that came from a client.
  virtual void AddTrailer(const std::string& name, const std::string& value) = 0;
  virtual void Finish(const grpc::Status& status) = 0;
  // For unary calls.
  virtual void WriteAndFinish(Bytes message) = 0;
  virtual void Cancel() = 0;

  virtual std::string peer() const = 0;
  virtual Loop& loop() = 0;
};

}  // namespace parley::rpc
