#pragma once

#include "services/gateway/publish/refusal.h"

namespace parley::gateway {

// What a session asks of the stream that carries it. On the session's loop. Neither call destroys
// the session before it returns.
class Transport {
 public:
  virtual ~Transport() = default;

  // There is something in the session's outbox. Cheap while a write is in flight, which takes it
  // along.
  virtual void Wake() = 0;

  // End the stream for this reason once the outbox is empty, and by force if its client does not
  // read. Called once.
  virtual void Close(const Refusal& reason) = 0;
};

}  // namespace parley::gateway
