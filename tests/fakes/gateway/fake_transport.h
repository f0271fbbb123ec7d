#pragma once

#include <optional>
#include <string>
#include <vector>

#include "parley/edge/v1/chat.pb.h"
#include "services/gateway/session/session.h"
#include "services/gateway/session/transport.h"

namespace parley::gateway {

// A stream without a network: the client of a session. It reads only when it is told to.
class FakeTransport final : public Transport {
 public:
  void Wake() override { ++wakes; }
  void Close(const Refusal& reason) override {
    ++closes;
    closed = reason;
  }

  // One write of the session's: what came is appended to `events`. False when there was nothing.
  bool ReadOnce(Session& session, const WriteLimits& limits = {}) {
    if (session.events().outbox().empty()) return false;
    std::vector<SharedBytes> taken;
    session.events().outbox().Take(limits, taken);
    std::string bytes;
    for (const SharedBytes& event : taken) {
      bytes.append(reinterpret_cast<const char*>(event.slice().begin()), event.size());
    }
    edge::v1::ServerFrame frame;
    parsed = parsed && frame.ParseFromString(bytes);
    for (edge::v1::Event& event : *frame.mutable_events()) events.push_back(std::move(event));
    ++writes;
    session.OnWritten();
    return true;
  }

  void ReadAll(Session& session) {
    while (ReadOnce(session)) continue;
  }

  // What came since this was last asked.
  std::vector<edge::v1::Event> Take() { return std::exchange(events, {}); }

  std::vector<edge::v1::Event> events;
  std::optional<Refusal> closed;
  int wakes = 0;
  int closes = 0;
  int writes = 0;
  bool parsed = true;  // Everything so far was a ServerFrame.
};

}  // namespace parley::gateway
