#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "services/common/clock.h"
#include "services/common/position.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/hub/count_telling.h"
#include "services/gateway/hub/feed_port.h"
#include "services/gateway/hub/roster_port.h"

namespace parley::gateway {

class Session;
struct Membership;

// Where a hub gets its messages from and whom it tells of its members. All of them outlive it.
struct HubPorts {
  FeedPort& feed;
  RosterPort& roster;
  AnnouncerPort& announcer;
  // What the feed and the roster answer to; both lead to this hub's functions, on its loop.
  HubInbox& inbox;
  RosterListener& roster_listener;
};

// The sessions of one loop and the channels that they are in: takes each message to the sessions
// that are to have it. A channel is attached to the feed for its first member and detached after
// its last. Pure; on one loop; no lock.
//
// Sessions register themselves and are gone before the hub is.
class Hub final {
 public:
  Hub(const HubPorts& ports, SessionMetrics& metrics) : ports_(ports), metrics_(metrics) {}
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // What the log is, as soon as the feed has said so.
  const std::optional<LogInfo>& log() const { return log_; }

  void Add(Session& session);
  void Remove(Session& session);
  const std::vector<Session*>& sessions() const { return sessions_; }

  // True: the channel is attached, now. False: the session hears of it later.
  [[nodiscard]] bool Enter(Membership& membership);
  void Leave(Membership& membership);

  // Everything of the channel up to here was handed to its members. Precondition: the channel is
  // attached.
  Offset PositionOf(const ChannelName& channel) const;

  using PageDone = std::function<void(const Page&)>;
  void ReadPage(PageRequest request, PageDone done);

  // What the feed and the roster say; see HubInbox and RosterListener.
  void OnLog(const LogInfo& log);
  void OnAttached(const ChannelName& channel, Offset at);
  void OnAttachFailed(const ChannelName& channel);
  void OnMessages(Partition partition, Offset through, const std::vector<MessagePtr>& messages);
  void OnLoss(const ChannelName& channel, Offset through);
  void OnPage(std::uint64_t request, const Page& page);
  void OnRoster(const RosterChange& change);

  // Tells the members of large channels a count, some each turn. To be called every few
  // milliseconds until it returns false, whenever the roster has said something.
  [[nodiscard]] bool TellCounts();

  // A few times a second.
  void Tick(TimePoint now);

  AnnouncerPort& announcer() { return ports_.announcer; }
  SessionMetrics& metrics() { return metrics_; }

 private:
  struct Channel {
    enum class State {
      kAsked,  // The feed owes an answer.
      kAttached,
      kFailed,  // Members who are in the channel stay; the feed is asked again at the next tick.
    };
    State state = State::kAsked;
    Offset at = -1;  // Delivery began after it.
    Partition partition = 0;
    std::vector<Membership*> members;
    std::unique_ptr<CountTelling> telling;  // While members have yet to hear a count.
  };
  using Channels = std::unordered_map<ChannelName, Channel>;

  void Ask(Channels::iterator channel);
  void Forget(Channels::iterator channel);
  // Notes that the session has news; it is woken once, at the end of the batch.
  void Touch(Session& session);
  void FlushTouched();

  const HubPorts ports_;
  SessionMetrics& metrics_;
  std::optional<LogInfo> log_;
  std::vector<Session*> sessions_;
  Channels channels_;
  std::vector<ChannelName> failed_;  // To be asked for again, if they are still wanted.
  // A count, unless it was overtaken or they were left; a channel may be there twice then.
  std::vector<ChannelName> telling_;
  std::uint64_t counts_ = 0;  // That were told so far.
  // Everything of the attached channels of the partition up to here was handed on.
  std::unordered_map<Partition, Offset> through_;
  std::unordered_map<std::uint64_t, PageDone> pages_;
  std::uint64_t next_page_ = 1;
  std::vector<Session*> touched_;
  double outbox_bytes_ = 0;  // As the gauge has it.
};

}  // namespace parley::gateway
