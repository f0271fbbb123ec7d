#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/common/chat_record.h"
#include "services/common/ids.h"
#include "services/common/position.h"

namespace parley::gateway {

// The border between the feed (one loop: what comes from the routers) and the hubs (one per session
// loop: who gets it). Both directions are queues in order: what the feed tells a hub arrives as it
// was told.

class DeliveredMessage;  // hub/delivered_message.h: a message, its encodings made once and shared.
using MessagePtr = std::shared_ptr<const DeliveredMessage>;

// A request for stored messages of one channel.
struct PageRequest {
  enum class Direction { kForward, kBackward };

  ChannelName channel;
  Direction direction = Direction::kForward;
  Offset bound = -1;  // Exclusive: read after it, or before it. Backward from the end: kEndOfLog.
  std::uint32_t limit = 0;  // Messages.
  std::size_t bytes_max = 0;
  // Forward: refuse when more records than this lie between; 0: no bound.
  std::int64_t distance_max = 0;
  LogEpoch epoch = 0;  // Of the log that `bound` is a place in; the hub fills it in.
};

inline constexpr Offset kEndOfLog = INT64_MAX;

enum class PageOutcome { kOk, kBusy, kExpired, kTooFar, kFuture };

struct Page {
  PageOutcome outcome = PageOutcome::kBusy;
  std::vector<MessagePtr> messages;  // In log order.
  Offset through = -1;     // Forward: everything of the channel up to here has now been read.
  bool caught_up = false;  // Forward: `through` has reached what the hub was handed live; what
                           // follows comes live.
  Offset from = 0;         // Backward: everything of the channel from here on is in `messages`.
  bool at_start = false;   // Backward: there is nothing older.
  Offset start = 0;        // kExpired: where the log begins.
};

// What a hub hears from the feed. Implemented by the hub's inbox, which carries it to the hub's
// loop. Called on the feed's loop.
class HubInbox {
 public:
  virtual ~HubInbox() = default;
  // The log is this from here on; again, when it was re-created. Whatever was attached or asked for
  // under an older log is forgotten: no attach is answered any more, and reads are busy.
  virtual void OnLog(const LogInfo& log) = 0;
  // The channel is attached: every message of it beyond `at` follows. Answers `Attach`.
  virtual void OnAttached(const ChannelName& channel, Offset at) = 0;
  // No router confirmed it in time; the hub is no longer attached. Answers `Attach`.
  virtual void OnAttachFailed(const ChannelName& channel) = 0;
  // Messages of attached channels of one partition, in order; everything of it up to `through` has
  // now been handed on.
  virtual void OnMessages(Partition partition, Offset through,
                          std::shared_ptr<const std::vector<MessagePtr>> messages) = 0;
  // Messages of the channel up to `through` are lost: retention took them.
  virtual void OnLoss(const ChannelName& channel, Offset through) = 0;
  // Answers `ReadPage`.
  virtual void OnPage(std::uint64_t request, Page page) = 0;
};

// What a hub asks of the feed. Called on the hub's loop; carried to the feed's. Each question names
// the log that the hub knows: when the feed knows a newer one, the hub is about to hear of it.
class FeedPort {
 public:
  virtual ~FeedPort() = default;
  // The hub hears of the log, from the first on. Once, before all else.
  virtual void Register(HubInbox& hub) = 0;
  // Answered once, unless the log is re-created before; a detach meanwhile answers it as failed.
  virtual void Attach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch) = 0;
  virtual void Detach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch) = 0;
  // Answered once, at the latest at the feed's deadline (then kBusy).
  virtual void ReadPage(HubInbox& hub, std::uint64_t request, PageRequest page) = 0;
};

}  // namespace parley::gateway
