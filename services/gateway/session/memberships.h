#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parley/edge/v1/chat.pb.h"
#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/position.h"
#include "services/gateway/hub/feed_port.h"
#include "services/gateway/publish/refusal.h"
#include "services/gateway/session/event_queue.h"
#include "services/gateway/session/lifeline.h"
#include "services/gateway/session/membership.h"
#include "services/gateway/session/personal_join.h"
#include "services/gateway/session/session_config.h"

namespace parley::gateway {

class Hub;

// The channels of one session: joining, resuming with the backlog in pages at the session's pace,
// leaving. Pure; part of its session and of that session's loop. Nothing here ends the session, so
// the hub may call while it goes through a channel's members.
class Memberships final {
 public:
  Memberships(const SessionConfig& config, Session& session, Hub& hub, EventQueue& events);
  ~Memberships();
  Memberships(const Memberships&) = delete;
  Memberships& operator=(const Memberships&) = delete;

  // What the client asks for. Each is answered by an event.
  void Join(std::uint64_t ref, const edge::v1::Join& join);
  void Leave(std::uint64_t ref, const edge::v1::Leave& leave);

  // The session has its user: joins her personal channel, in the background and until it is done.
  // The client hears of it when it is in. `after` is as in a join.
  void JoinPersonal(const UserId& user, std::string after, TimePoint now);

  // What the hub tells of one membership.
  void OnAttached(Membership& membership);
  void OnAttachFailed(Membership& membership);  // The hub has let go of it already.
  void OnLoss(Membership& membership, Offset through);
  // The log was re-created: the channel is not attached any more, but will be.
  void OnNewLog(Membership& membership);

  // Asks for pages if the outbox has room; after each write.
  void AskForPages();
  // Tries again what could not be done the last time. A few times a second.
  void Retry(TimePoint now);
  // Tells newer positions of channels in which nothing was said.
  void SendCheckpoints();

  void LeaveAll();

  // In no channel but the personal one.
  bool empty() const { return size() == 0; }

 private:
  std::size_t size() const { return memberships_.size() - (personal_.entered() ? 1 : 0); }
  [[nodiscard]] std::optional<Refusal> JudgeJoin(const ChannelName& channel) const;
  void Enter(const ChannelName& channel, std::uint64_t ref, std::string_view after);
  // The join came to nothing; the hub has let go of it.
  void GiveUp(Membership& membership, edge::v1::ErrorCode code, std::string_view message);
  void GoLive(Membership& membership);
  // Sends `Joined`; from now on the client believes to be in the channel.
  void TellJoined(Membership& membership, edge::v1::Recovery recovery);
  void SendError(std::uint64_t ref, edge::v1::ErrorCode code, std::string_view message,
                 const ChannelName& channel);
  void SendDiscontinuity(const Membership& membership, edge::v1::DiscontinuityReason reason);
  std::string Token(const Membership& membership) const;

  struct PageTurn {
    ChannelName channel;
    std::uint64_t number;
  };
  // Nothing when the channel was left, or left and joined again, or the log was re-created.
  Membership* Find(const PageTurn& turn);
  void AskForPage(const Membership& membership, PageTurn turn);
  void OnPage(const PageTurn& turn, const Page& page);
  void OnFirstPage(Membership& membership, const Page& page);
  void OnLaterPage(Membership& membership, const Page& page);
  void DeliverPage(Membership& membership, const Page& page);

  const SessionConfig& config_;
  Session& session_;
  Hub& hub_;
  EventQueue& events_;
  std::unordered_map<ChannelName, Membership> memberships_;
  PersonalJoin personal_;
  std::uint64_t next_number_ = 1;
  // Which channels get the next pages, each at most once.
  std::deque<PageTurn> page_turns_;
  std::vector<PageTurn> page_retries_;
  int pages_in_flight_ = 0;
  const Lifeline lifeline_;
};

}  // namespace parley::gateway
