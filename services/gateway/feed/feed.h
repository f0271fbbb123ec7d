#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/link_version.h"
#include "services/common/position.h"
#include "services/gateway/feed/feed_config.h"
#include "services/gateway/feed/feed_counters.h"
#include "services/gateway/feed/page_reads.h"
#include "services/gateway/feed/partition_feed.h"
#include "services/gateway/feed/router_sink.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

// What becomes of a link that says hello.
enum class LinkVerdict {
  kAccepted,
  kNotReady,    // The gateway does not know the log yet.
  kVersion,     // No version that both speak.
  kEpoch,       // It reads another log.
  kPartitions,  // It counts the partitions otherwise.
  kTooMany,
};

// The gateway's half of the link rule: takes the routers' frames and hands every attached channel's
// messages to the hubs, once and in order, whichever routers come and go. One cursor per partition
// that has channels.
//
// When the log is re-created, the feed forgets all it knew of the old one and says so to the hubs,
// which then ask anew for what they want. What they asked before they heard names the old epoch and
// comes to nothing (docs/adr/0008).
//
// Pure: no lock, clock, thread or I/O. Called on one loop; what it has to say goes out through the
// sink and the inboxes before the call returns, and they must not call back. Hubs outlive the feed.
class Feed final {
 public:
  Feed(const FeedConfig& config, RouterSink& routers);
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // Until then links are refused. Again when the log was re-created; an older epoch than the one
  // that is known changes nothing.
  void SetLogInfo(const LogInfo& info);
  const std::optional<LogInfo>& log_info() const { return log_; }

  // Routers. A new link of a router replaces the one that it had.
  [[nodiscard]] LinkVerdict OnLinkUp(LinkId link, const internal::v1::RouterHello& hello,
                                     TimePoint now);
  void OnLinkDown(LinkId link, TimePoint now);
  // Nobody listens to the link just now: that it is silent means nothing.
  void OnHeld(LinkId link, TimePoint now);
  // Frames of links that are not up are ignored.
  void OnFrame(LinkId link, internal::v1::RouterFrame frame, TimePoint now);

  // Hubs; see FeedPort.
  void Register(HubInbox& hub);
  void Attach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch, TimePoint now);
  void Detach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch);
  void ReadPage(HubInbox& hub, std::uint64_t request, PageRequest page, TimePoint now);

  // Every deadline is met at the next tick.
  void Tick(TimePoint now);

  FeedCounters counters() const;
  std::size_t links() const { return shared_.links.size(); }
  std::size_t channels() const { return shared_.channels; }
  std::size_t recent_bytes() const { return shared_.recent.bytes(); }

 private:
  void OnClaim(LinkId link, const internal::v1::Claim& claim, TimePoint now);
  void OnReadAnswer(LinkId link, internal::v1::ReadAnswer& answer, TimePoint now);
  // Nothing when no channel of it is wanted.
  PartitionFeed* Find(Partition partition);
  void ReconsiderAll(TimePoint now);
  [[nodiscard]] bool Knows(LogEpoch epoch) const { return log_ && log_->epoch == epoch; }
  void AnswerBusy(const std::vector<PageReads::Ask>& asks);

  const FeedConfig config_;
  FeedShared shared_;
  std::optional<LogInfo> log_;
  std::vector<HubInbox*> hubs_;
  std::map<Partition, PartitionFeed> partitions_;
  PageReads reads_;
};

}  // namespace parley::gateway
