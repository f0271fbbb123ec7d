#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "parley/edge/v1/chat.pb.h"
#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/gateway/publish/publisher.h"
#include "services/gateway/session/arrival.h"
#include "services/gateway/session/event_queue.h"
#include "services/gateway/session/lifeline.h"
#include "services/gateway/session/memberships.h"
#include "services/gateway/session/session_config.h"
#include "services/gateway/session/transport.h"

namespace parley::gateway {

// What all sessions of one loop share. Everything outlives them.
struct SessionContext {
  const SessionConfig& config;
  const ServerId& server;
  Hub& hub;
  Publisher& publisher;
};

// One client stream, whatever carries it: who it is, what it asks for and what it is told. Pure; on
// one loop, that of its hub; owned by the adapter of its transport, which calls it for what comes
// in and destroys it when the stream is over.
//
// What ends a session, ends it once: it leaves its channels at once, its last event says why, and
// the transport is asked to close when that is written.
class Session final {
 public:
  Session(const SessionContext& context, SessionId id, Transport& transport,
          const EventEncoding& encoding, TimePoint now);
  // When nothing else has ended it, the client has.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // From the transport.
  void OnFrame(const edge::v1::ClientFrame& frame, const Arrival& arrival);
  // Bytes came that are no frame: what follows them cannot be trusted either.
  void OnMalformed();
  // What was taken from the outbox is on its way; there is room for more.
  void OnWritten();

  // Asks the client to move to another gateway, and closes at `close_at` if it has not.
  void Drain(std::uint32_t reconnect_within_ms, TimePoint close_at);
  bool draining() const { return close_at_.has_value(); }
  bool closed() const { return closed_; }
  // The client has ended it: it leaves its channels at once, and is told nothing more.
  void End();
  void Close(const Refusal& reason) { Close(reason, 0); }
  // Its client reads too slowly, or not at all.
  void CutOff();

  void Tick(TimePoint now);

  // Wakes the transport, or cuts the session off if its reader was too slow.
  void Flush();

  void SendError(std::uint64_t ref, const Refusal& refusal, std::string_view channel,
                 std::string_view message_id);

  const SessionId& id() const { return id_; }
  const UserId& user() const { return user_; }
  EventQueue& events() { return events_; }
  Memberships& memberships() { return memberships_; }
  // In no channel but the personal one and nothing unanswered: a client that will ask for nothing
  // more does not wait for more.
  bool idle() const;

  // The hub's notes.
  std::size_t hub_index = 0;
  bool touched = false;

 private:
  void Hello(std::uint64_t ref, const edge::v1::Hello& hello, TimePoint now);
  void Publish(std::uint64_t ref, const edge::v1::Publish& publish, const Arrival& arrival);
  void OnPublished(std::uint64_t ref, const PublishOutcome& outcome, std::string_view channel,
                   std::string_view message_id);
  void ReadHistory(std::uint64_t ref, const edge::v1::ReadHistory& request);
  void OnHistory(std::uint64_t ref, const ChannelName& channel, const Page& page);
  void Pong(std::uint64_t ref);
  void Close(const Refusal& reason, std::uint64_t ref);
  void LeaveEverything();

  const SessionContext context_;
  const SessionId id_;
  Transport& transport_;
  const TimePoint opened_;
  EventQueue events_;
  Memberships memberships_;
  UserId user_;  // Empty before `Hello`.
  int publishes_in_flight_ = 0;
  int reads_in_flight_ = 0;
  TimePoint next_checkpoint_;
  std::optional<TimePoint> close_at_;
  bool closed_ = false;
  const Lifeline lifeline_;
};

}  // namespace parley::gateway
