#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "services/common/clock.h"
#include "services/common/connection_event.h"
#include "services/common/ids.h"
#include "services/presence/registry/registry.h"
#include "services/presence/registry/snapshot.h"

namespace parley::presence {

struct HealingConfig {
  std::size_t in_flight_max = 32;   // Servers that are asked at a time.
  std::size_t events_max = 50'000;  // Kept of one server while its answer is on its way.
  Duration retry_first = std::chrono::milliseconds(500);  // Doubles up to the longest.
  Duration retry_longest = std::chrono::seconds(1);
  // Until a server is asked again of which a limit kept something out.
  Duration truncated_interval = std::chrono::minutes(1);
};

// Decides which servers are asked for a snapshot of their sessions: those of which something is
// missing, and of these first who has waited longest. Events go on being applied meanwhile; those
// that come while an answer is on its way are kept as well, because the snapshot may be older than
// they are: then they are applied again on top of it.
//
// Pure: no clock, lock or I/O.
class Healing {
 public:
  explicit Healing(HealingConfig config) : config_(config) {}

  // Whom to ask now.
  [[nodiscard]] std::vector<SnapshotTarget> Check(const Registry& registry, TimePoint now);

  // Every event that is applied, in order.
  void Record(const ConnectionEvent& event);

  // An answer has come. Returns what was recorded since it was asked for; nothing when it is not to
  // be used: nobody waits for it any more, or too much was recorded. `Answered` must follow.
  [[nodiscard]] std::optional<std::vector<ConnectionEvent>> Take(const SnapshotAnswer& answer);
  // The answer could be used, or not; or it never will, because the server gives none.
  void Answered(const SnapshotAnswer& answer, bool used, TimePoint now);
  void Unsupported(const SnapshotAnswer& answer);
  bool GivesNone(const Server& server) const;

  // Whether every server of which something is missing has been asked, and has answered or failed;
  // those without a heartbeat, whose address is not known, only when they are to count.
  bool AllAsked(const Registry& registry, bool also_unheard) const;

 private:
  struct Patient {
    std::int64_t epoch = 0;
    std::uint64_t question = 0;  // Whose answer is on its way; 0 is none.
    bool answered = false;       // Or failed, once.
    bool unsupported = false;
    bool overflowed = false;  // Events were not recorded.
    std::vector<ConnectionEvent> events{};
    TimePoint next_at{};
    Duration retry{};
  };

  void ForgetWhoLeft(const Registry& registry);
  Patient* Find(const ServerId& server, std::int64_t epoch);
  const Patient* FindOf(const Server& server) const;
  // Who waits for this answer.
  Patient* Find(const SnapshotAnswer& answer);
  bool IsDue(const Server& server, const Patient& patient, TimePoint now) const;

  const HealingConfig config_;
  std::map<ServerId, Patient> patients_;
  std::size_t in_flight_ = 0;
  std::uint64_t last_question_ = 0;
};

}  // namespace parley::presence
