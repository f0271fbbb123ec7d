#pragma once

#include "services/gateway/publish/refusal.h"

namespace parley::gateway {

// What a session asks of the stream that carries it. On the session's loop. Neither call destroys
// the session before it returns.
class Transport {
 public:
  virtual ~Transport() = default;

  // There may be something in the session's outbox. Cheap while a write is in flight, which takes
  // it along. A few times a second it comes in any case.
  virtual void Wake() = 0;

  // What the session says besides messages, before it is encoded: for transports whose clients are
  // not told of it. The session is in the middle of something, so this only takes note; `Wake`
  // follows, in which the session may be used again.
  virtual void OnEvent(const edge::v1::Event&) {}

  // End the stream for this reason once the outbox is empty, and by force if its client does not
  // read. Called once.
  virtual void Close(const Refusal& reason) = 0;
};

}  // namespace parley::gateway
