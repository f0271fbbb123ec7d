#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/position.h"
#include "services/gateway/feed/feed_channel.h"
#include "services/gateway/feed/feed_config.h"
#include "services/gateway/feed/feed_counters.h"
#include "services/gateway/feed/partition_hubs.h"
#include "services/gateway/feed/router_links.h"
#include "services/gateway/feed/router_sink.h"
#include "services/gateway/feed/server_choice.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

// What the partitions of a feed share.
struct FeedShared {
  const FeedConfig& config;
  RouterSink& routers;
  RouterLinks links;
  RecentMessages recent;
  FeedCounters counters;
  LogEpoch epoch = 0;
  std::size_t channels = 0;
  // Numbers rise over all partitions and for the life of the gateway: none is ever given twice.
  std::uint64_t last_serve = 0;
  std::uint64_t last_add = 0;
};

// The cursor rule for one partition that has channels: everything up to the cursor, in every
// attached channel, was handed to the hubs, once and in order. Takes messages from the newest
// `Serve`, and from the one before only until the newest is answered (docs/adr/0010), so that a
// move is not felt; what begins beyond the cursor is a hole and is asked for again.
//
// Pure: time is passed in, everything goes out through the sink and the inboxes, which must not
// call back.
class PartitionFeed final {
 public:
  PartitionFeed(Partition partition, FeedShared& shared, TimePoint now);
  ~PartitionFeed();
  PartitionFeed(const PartitionFeed&) = delete;
  PartitionFeed& operator=(const PartitionFeed&) = delete;

  // Every attach is answered once, and by its detach at the latest.
  void Attach(HubInbox& hub, const ChannelName& channel, TimePoint now);
  void Detach(HubInbox& hub, const ChannelName& channel);
  // No channel is left and the server is told; to be forgotten, with the cursor.
  bool empty() const { return channels_.empty(); }

  void OnDeliver(LinkId link, internal::v1::Deliver& deliver, TimePoint now);
  void OnAdded(LinkId link, const internal::v1::Added& added);
  void OnLost(LinkId link, const internal::v1::Lost& lost, TimePoint now);

  // Links or claims have changed.
  void Reconsider(TimePoint now);
  void Tick(TimePoint now);

  [[nodiscard]] std::optional<Page> PageFromMemory(const PageRequest& request) const;
  // The hub has, or is about to hear, everything of the channel beyond `through`.
  [[nodiscard]] bool CaughtUp(const HubInbox& hub, const ChannelName& channel,
                              Offset through) const;

 private:
  using Channels = std::unordered_map<ChannelName, FeedChannel>;

  // What a router was asked with.
  struct Asked {
    LinkId link;
    std::uint64_t serve;
  };

  void Serve(LinkId link, TimePoint now);
  void StopServer();
  void StopOutgoing();
  void Stop(LinkId link, std::uint64_t serve);
  void OnOutgoing(internal::v1::Deliver& deliver, TimePoint now);
  void ServeAgain(TimePoint now);
  void NoteHole(std::uint64_t& counter, TimePoint now);
  [[nodiscard]] bool IsNewestServe(LinkId link, std::uint64_t serve);
  // The newest `Serve` is answered: from `from` on, when there was no cursor.
  void NoteAnswer(Offset from, TimePoint now);
  void HandOn(internal::v1::Deliver& deliver, TimePoint now);
  void Add(const ChannelName& name, FeedChannel& channel, TimePoint now);
  void ConfirmServed();
  void Confirm(const ChannelName& name, FeedChannel& channel, Offset at);
  void Drop(Channels::iterator channel);
  void FailOverdueAttaches(TimePoint now);
  [[nodiscard]] bool AnyAddOverdue(TimePoint now) const;

  const Partition partition_;
  FeedShared& shared_;
  ServerChoice choice_;
  PartitionHubs hubs_;
  Channels channels_;
  std::unordered_set<ChannelName> pending_;  // The channels that are not attached yet.

  // Everything up to here was handed on. Nothing until a router has said where it stands.
  std::optional<Offset> cursor_;
  std::uint64_t serve_ = 0;          // The newest; 0: none yet.
  std::optional<LinkId> served_by_;  // Who got it.
  bool answered_ = false;
  TimePoint answer_deadline_;  // When the server has to have said something of the partition.

  // The serve that was answered before the newest: good until the newest is answered. Not from the
  // first `Added` or `Deliver` of that on, for it does not know what was added since.
  std::optional<Asked> outgoing_;

  std::optional<TimePoint> serve_again_at_;  // After a hole.
  TimePoint last_hole_;
  Duration hole_backoff_{};
  int holes_in_a_row_ = 0;  // Without progress between them.
};

}  // namespace parley::gateway
