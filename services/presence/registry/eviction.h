#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/presence/registry/probe.h"
#include "services/presence/registry/registry.h"

namespace parley::presence {

struct EvictionConfig {
  Duration server_timeout = std::chrono::seconds(10);
  // A replica that has not read the log for so long no longer follows it.
  Duration lag_max = std::chrono::seconds(2);
  Duration probe_interval = std::chrono::seconds(2);  // Between two probes of one server.
};

// What is to be done now.
struct EvictionStep {
  std::vector<ServerId> drop;       // Silent for the timeout.
  std::vector<ServerId> drop_gone;  // Silent together with others, and a probe found nothing there.
  std::vector<ProbeTarget> probe;
};

// Decides when a silent server is dropped. This is the place where a dead gateway leaves the
// registry.
//
// A server is silent when the log, as far as it has been read, has nothing of it for the server
// timeout, counted from its last event or from when this replica came to follow the log, whichever
// is later. So time in which Kafka does not answer, or the replica lags, is not silence, and
// everybody gets the whole timeout afterwards. When more than a third of several servers fall
// silent together, it is more likely the replica that is cut off: then each silent server is
// probed, and dropped only when nothing answers at its link address.
//
// Pure: no clock, lock or I/O.
class Eviction {
 public:
  explicit Eviction(EvictionConfig config) : config_(config) {}

  // All that the log held at this time has been applied. To be said several times within `lag_max`.
  void FollowsLog(TimePoint read_through);
  bool following(TimePoint now) const;

  [[nodiscard]] EvictionStep Check(const Registry& registry, TimePoint now);
  // Answers `EvictionStep::probe`; the next `Check` heeds it.
  void Probed(const ProbeResult& result);

  // Silent servers that are held back.
  std::size_t held_back() const { return probes_.size(); }

 private:
  struct ProbeState {
    std::int64_t epoch = 0;
    TimePoint asked_at;
    bool in_flight = false;
    bool gone = false;
  };

  Duration SilenceOf(const Server& server) const;
  bool TooManyAreSilent(const Registry& registry) const;
  void HoldBack(const Server& server, TimePoint now, EvictionStep& step);

  const EvictionConfig config_;
  std::optional<TimePoint> following_since_;
  TimePoint read_through_{};
  std::map<ServerId, ProbeState> probes_;  // Of the servers that are held back.
};

}  // namespace parley::presence
