#pragma once

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/kafka/client_config.h"
#include "services/common/log.h"
#include "services/common/position.h"

namespace parley::kafka {

struct OwnedPartition {
  Partition partition = 0;
  std::optional<Offset>
      committed;  // The next record to handle; nothing when none was ever committed.
};

// Hears of the group. Called on the member's thread; carry it to your own.
class GroupListener {
 public:
  virtual ~GroupListener() = default;
  // The complete list of what this member owns now. While the group re-forms it is empty: what was
  // owned may come back a moment later, with a newer committed offset.
  virtual void OnOwned(const std::vector<OwnedPartition>& owned) = 0;
};

// A member of the group `parley-router` that is only elected: the group's coordinator gives it
// partitions of `chatting` to own, and it fetches nothing, so that a rebalance stops nobody's
// reading. It also commits.
//
// It lives in one epoch of the log, and commits say which: offsets of an earlier epoch are none to
// it, and where a later one has been committed it owns nothing, since its own epoch is over. What
// carries no epoch, as operators commit, counts.
//
// Runs a thread from construction until it leaves. Without Kafka it waits and owns nothing.
class GroupMember final {
 public:
  // Throws std::runtime_error only for a bad configuration.
  GroupMember(const ClientConfig& client, LogEpoch epoch, const Logger& logger,
              GroupListener& listener);
  // Leaves, with two seconds for it.
  ~GroupMember();

  // Everything before `next` is handled. Told to Kafka soon, and again until Kafka has it, while
  // the listener was told that the partition is owned; otherwise it means nothing. Thread-safe.
  void Commit(Partition partition, Offset next);

  // Commits what is left, tells the coordinator, so that others own the partitions at once, and
  // returns; at the latest after `timeout`, with the farewell left to a thread of its own. The
  // listener hears nothing more.
  void Leave(Duration timeout);

 private:
  struct State;

  // Shared with the farewell, which may outlive this.
  std::shared_ptr<State> state_;

  // Polls; ends at `Leave`. The last member.
  std::thread thread_;
};

}  // namespace parley::kafka
