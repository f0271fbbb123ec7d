#pragma once

#include <cstddef>
#include <vector>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/gateway/feed/feed_channel.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

// The hubs that have channels of one partition. There is one hub per session loop, so they are few.
class PartitionHubs final {
 public:
  explicit PartitionHubs(Partition partition) : partition_(partition) {}

  // One channel more, one less.
  void Join(HubInbox& hub, TimePoint now);
  void Leave(HubInbox& hub);

  struct Handed {
    MessagePtr message;
    const FeedChannel* channel;
  };
  // One call to each hub that has one of the channels; hubs that want the same messages share the
  // vector.
  void HandOn(const std::vector<Handed>& batch, Offset through, TimePoint now);
  // To hubs that were told nothing since `told_before`: the partition has come to `through`.
  void TellProgress(Offset through, TimePoint told_before, TimePoint now);

 private:
  struct Hub {
    HubInbox* inbox;
    std::size_t channels;
    Offset told;
    TimePoint told_at;
    std::size_t wanted;  // Messages of the batch at hand.
  };

  Hub& Find(HubInbox& hub);

  const Partition partition_;
  std::vector<Hub> hubs_;
};

}  // namespace parley::gateway
