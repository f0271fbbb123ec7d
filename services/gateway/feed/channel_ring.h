#pragma once

#include <deque>
#include <optional>

#include "services/gateway/feed/recent_messages.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

// The last messages of one channel, so that a crowd that reconnects is answered from memory. Holds
// every message of the channel from `covered_from` (exclusive) to the partition's cursor.
class ChannelRing final {
 public:
  ChannelRing(RecentMessages& recent, Offset covered_from);
  ~ChannelRing();
  ChannelRing(const ChannelRing&) = delete;
  ChannelRing& operator=(const ChannelRing&) = delete;

  Offset covered_from() const { return covered_from_; }

  void Push(MessagePtr message);
  // Nothing before `from` is known.
  void Restart(Offset from);

  // Answers a forward request, when the ring reaches back to its bound and `cursor` up to it. Says
  // nothing of `caught_up`.
  [[nodiscard]] std::optional<Page> Forward(const PageRequest& request, Offset cursor) const;

 private:
  friend class RecentMessages;
  void DropOldest();

  RecentMessages& recent_;
  Offset covered_from_;
  std::deque<RecentMessages::Place> places_;  // Oldest first.
};

}  // namespace parley::gateway
