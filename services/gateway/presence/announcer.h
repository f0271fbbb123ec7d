#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <prometheus/registry.h>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/log.h"
#include "services/gateway/hub/roster_port.h"
#include "services/gateway/presence/event_log.h"
#include "services/gateway/presence/session_pages.h"

namespace parley::rpc {
class Loop;
}

namespace parley::gateway {

struct AnnouncerConfig {
  ServerId server;
  std::int64_t epoch = 0;    // Start of this process, ms since 1970.
  std::string link_address;  // Where routers dial.
  std::string grpc_address;  // Where clients connect.
  Partition partitions = 8;  // Of `user-connections`.
  Duration heartbeat_interval = std::chrono::seconds(2);
  Duration tell_interval = std::chrono::milliseconds(50);  // Also of what could not be told.
  std::size_t in_flight_max = 10'000;  // Records that the log has not reported on.
  std::size_t departed_max = 100'000;  // Sessions that went and that the log was not told of.
  // In a part of a snapshot; sessions that tell of themselves wait while it is made.
  std::size_t names_max = 4'000;
};

// Tells presence what happens on this gateway: records of `user-connections`, numbered in the order
// in which they are in the log. Thread-safe; never blocks.
//
// What happens is gathered for a moment as state (SessionLedger) and told from a timer, in one
// batch: hundreds of small ones a second would cost Kafka more than all that is said in channels.
// What the log does not take is kept and told when it does. A record that failed may have left a
// hole, or be in the log all the same: its session is taken back and told anew, so that nobody
// becomes a ghost. Heartbeats say that the gateway lives; after `Drain` they say that it drains.
// `SayGone` is the last word.
class Announcer final : public AnnouncerPort {
 public:
  // All references outlive it; the log's reports may come later than its end.
  Announcer(const AnnouncerConfig& config, EventLog& log, const Clock& clock, const Logger& logger,
            prometheus::Registry& registry);
  // Nothing is said after it returns.
  ~Announcer() override;

  // Sends the first heartbeat, and from then on what there is to tell from a timer of the loop. The
  // loop may be stopped before or after the announcer's end.
  void RunOn(rpc::Loop& loop);
  // What the timer does.
  void Tick();

  void Connected(const SessionId& session, const UserId& user) override;
  void Joined(const SessionId& session, const UserId& user, const ChannelName& channel) override;
  void Left(const SessionId& session, const UserId& user, const ChannelName& channel) override;
  void Disconnected(const SessionId& session, const UserId& user) override;

  void Drain();
  void SayGone();

  // What presence should know after the last record that was appended, in parts, each as it is when
  // it is asked for: whoever applies, on top of all parts, the records after the revision of the
  // first has what is true. The function answers until the announcer has said its last word, may
  // outlive it, and may be called from any thread.
  std::function<std::optional<SessionsPart>(const SessionId& after)> Snapshots() const;

 private:
  class State;
  // Shared with the log's reports and the timer, which hold it weakly.
  std::shared_ptr<State> state_;
};

}  // namespace parley::gateway
