#include "services/gateway/session/memberships.h"

#include <algorithm>
#include <string>
#include <utility>

#include "services/common/personal_channel.h"
#include "services/gateway/hub/hub.h"
#include "services/gateway/publish/validate.h"
#include "services/gateway/session/resume.h"
#include "services/gateway/session/session.h"

namespace parley::gateway {
namespace {

edge::v1::Recovery VerdictOf(PageOutcome outcome) {
  switch (outcome) {
    case PageOutcome::kOk:
    case PageOutcome::kBusy:
      break;
    case PageOutcome::kExpired:
      return edge::v1::RECOVERY_EXPIRED;
    case PageOutcome::kTooFar:
      return edge::v1::RECOVERY_TOO_FAR;
    case PageOutcome::kFuture:
      return edge::v1::RECOVERY_FUTURE;
  }
  return edge::v1::RECOVERY_COMPLETE;
}

}  // namespace

Memberships::Memberships(const SessionConfig& config, Session& session, Hub& hub,
                         EventQueue& events)
    : config_(config), session_(session), hub_(hub), events_(events) {}

Memberships::~Memberships() { LeaveAll(); }

void Memberships::Join(std::uint64_t ref, const edge::v1::Join& join) {
  const ChannelName channel(join.channel());
  if (const auto refusal = JudgeJoin(channel)) {
    SendError(ref, refusal->code, refusal->message, channel);
    return;
  }
  Enter(channel, ref, join.after());
}

std::optional<Refusal> Memberships::JudgeJoin(const ChannelName& channel) const {
  if (auto refusal = ValidateAccess(channel.value(), session_.user())) return refusal;
  if (channel == personal_.channel() || memberships_.contains(channel)) {
    return Refusal{edge::v1::ERROR_WRONG_MEMBERSHIP, "this session is in the channel already"};
  }
  if (size() >= static_cast<std::size_t>(config_.channels_max)) {
    hub_.metrics().limited_channels.Increment();
    return Refusal{edge::v1::ERROR_TOO_MANY_CHANNELS,
                   "a session may be in " + std::to_string(config_.channels_max) + " channels"};
  }
  if (!hub_.log()) {
    return Refusal{edge::v1::ERROR_UNAVAILABLE, "this gateway has not reached Kafka yet"};
  }
  return std::nullopt;
}

void Memberships::JoinPersonal(const UserId& user, std::string after, TimePoint now) {
  personal_ = PersonalJoin(PersonalChannelOf(user), std::move(after), config_.personal_retry_min,
                           config_.personal_retry_max);
  Retry(now);
}

void Memberships::Enter(const ChannelName& channel, std::uint64_t ref, std::string_view after) {
  Membership fresh{session_, channel, next_number_++, ref, std::string(after)};
  Membership& membership = memberships_.emplace(channel, std::move(fresh)).first->second;
  if (hub_.Enter(membership)) OnAttached(membership);
}

void Memberships::OnAttached(Membership& membership) {
  if (membership.state == Membership::State::kDisplaced) {
    GoLive(membership);
    SendDiscontinuity(membership, edge::v1::DISCONTINUITY_EPOCH);
    return;
  }
  const Resume resume = JudgeToken(membership.after, membership.channel, *hub_.log());
  if (resume.after) {
    membership.state = Membership::State::kVerdict;
    membership.last = *resume.after;
    page_turns_.push_back({membership.channel, membership.number});
    AskForPages();
    return;
  }
  if (resume.verdict != edge::v1::RECOVERY_NOT_ASKED) {
    hub_.metrics().resumes_not_recovered.Increment();
  }
  GoLive(membership);
  TellJoined(membership, resume.verdict);
}

void Memberships::OnAttachFailed(Membership& membership) {
  GiveUp(membership, edge::v1::ERROR_JOIN_TIMEOUT,
         "no router confirmed the channel in time; try again");
}

void Memberships::GiveUp(Membership& membership, edge::v1::ErrorCode code,
                         std::string_view message) {
  const ChannelName channel = membership.channel;
  if (channel == personal_.channel()) {
    personal_.Failed();
  } else {
    SendError(membership.ref, code, message, channel);
  }
  memberships_.erase(channel);
}

void Memberships::Leave(std::uint64_t ref, const edge::v1::Leave& leave) {
  const ChannelName channel(leave.channel());
  // Nobody's: the personal channel is not left while the session lives.
  if (const auto refusal = ValidateAccess(leave.channel(), UserId())) {
    SendError(ref, refusal->code, refusal->message, channel);
    return;
  }
  const auto found = memberships_.find(channel);
  if (found == memberships_.end()) {
    SendError(ref, edge::v1::ERROR_WRONG_MEMBERSHIP, "this session is not in the channel", channel);
    return;
  }
  Membership& membership = found->second;
  hub_.Leave(membership);
  if (membership.joined()) {
    hub_.announcer().Left(session_.id(), session_.user(), channel);
  } else {
    SendError(membership.ref, edge::v1::ERROR_WRONG_MEMBERSHIP,
              "the channel was left before it was joined", channel);
  }
  memberships_.erase(found);

  edge::v1::Event event;
  event.set_ref(ref);
  event.mutable_left()->set_channel(channel.value());
  events_.Send(event);
}

void Memberships::LeaveAll() {
  for (auto& [channel, membership] : memberships_) hub_.Leave(membership);
  memberships_.clear();
  personal_ = {};
  page_turns_.clear();
  page_retries_.clear();
}

void Memberships::OnLoss(Membership& membership, Offset through) {
  // Whoever reads a backlog hears of the loss from its next page.
  if (membership.state != Membership::State::kLive || through <= membership.last) return;
  membership.last = through;
  SendDiscontinuity(membership, edge::v1::DISCONTINUITY_RETENTION);
}

void Memberships::OnNewLog(Membership& membership) {
  membership.state =
      membership.joined() ? Membership::State::kDisplaced : Membership::State::kAttaching;
  // Pages that are under way answer questions about the old log.
  membership.number = next_number_++;
}

void Memberships::AskForPages() {
  while (!page_turns_.empty() && pages_in_flight_ < config_.pages_in_flight_max &&
         events_.WantsBacklog()) {
    PageTurn turn = std::move(page_turns_.front());
    page_turns_.pop_front();
    if (const Membership* membership = Find(turn)) AskForPage(*membership, std::move(turn));
  }
}

void Memberships::AskForPage(const Membership& membership, PageTurn turn) {
  PageRequest request;
  request.channel = membership.channel;
  request.bound = membership.last;
  request.limit = config_.page_messages_max;
  request.bytes_max = config_.page_bytes_max;
  // Later pages are not held to the distance: the verdict has promised them.
  if (membership.state == Membership::State::kVerdict) {
    request.distance_max = config_.resume_distance_max;
  }
  ++pages_in_flight_;
  hub_.ReadPage(std::move(request),
                lifeline_.Guard([this, turn = std::move(turn)](const Page& page) {
                  --pages_in_flight_;
                  OnPage(turn, page);
                  AskForPages();
                  session_.Flush();
                }));
}

void Memberships::OnPage(const PageTurn& turn, const Page& page) {
  Membership* membership = Find(turn);
  if (membership == nullptr) return;
  if (membership->state == Membership::State::kVerdict) {
    OnFirstPage(*membership, page);
  } else {
    OnLaterPage(*membership, page);
  }
}

void Memberships::OnFirstPage(Membership& membership, const Page& page) {
  if (page.outcome == PageOutcome::kBusy) {
    hub_.Leave(membership);
    GiveUp(membership, edge::v1::ERROR_BUSY, "the log could not be read in time; join again");
    return;
  }
  if (page.outcome != PageOutcome::kOk) {
    hub_.metrics().resumes_not_recovered.Increment();
    GoLive(membership);
    TellJoined(membership, VerdictOf(page.outcome));
    return;
  }
  hub_.metrics().resumes_recovered.Increment();
  membership.state = Membership::State::kBacklog;
  TellJoined(membership, edge::v1::RECOVERY_COMPLETE);
  DeliverPage(membership, page);
}

void Memberships::OnLaterPage(Membership& membership, const Page& page) {
  switch (page.outcome) {
    case PageOutcome::kOk:
      DeliverPage(membership, page);
      return;
    case PageOutcome::kExpired:
      if (page.start - 1 <= membership.last) break;
      membership.last = page.start - 1;
      SendDiscontinuity(membership, edge::v1::DISCONTINUITY_RETENTION);
      page_turns_.push_back({membership.channel, membership.number});
      return;
    case PageOutcome::kBusy:
    case PageOutcome::kTooFar:
    case PageOutcome::kFuture:  // The broker lags; or the log was re-created, as we shall hear.
      break;
  }
  page_retries_.push_back({membership.channel, membership.number});
}

void Memberships::DeliverPage(Membership& membership, const Page& page) {
  bool complete = true;
  for (const MessagePtr& message : page.messages) {
    const Offset offset = message->position().offset;
    if (offset <= membership.last) continue;
    complete = events_.DeliverBacklog(*message);
    if (!complete) break;  // The rest is asked for again when the outbox has room.
    membership.last = offset;
  }
  if (complete) membership.last = std::max(membership.last, page.through);
  if (complete && page.caught_up) {
    membership.state = Membership::State::kLive;
  } else {
    page_turns_.push_back({membership.channel, membership.number});
  }
}

void Memberships::Retry(TimePoint now) {
  if (hub_.log() && personal_.Begin(now)) Enter(personal_.channel(), 0, personal_.after());
  for (PageTurn& turn : page_retries_) page_turns_.push_back(std::move(turn));
  page_retries_.clear();
  AskForPages();
}

void Memberships::SendCheckpoints() {
  for (auto& [channel, membership] : memberships_) {
    if (membership.state != Membership::State::kLive || !events_.WantsBacklog()) continue;
    const Offset reached = hub_.PositionOf(channel);
    if (reached <= membership.last) continue;
    membership.last = reached;
    edge::v1::Event event;
    event.mutable_checkpoint()->set_channel(channel.value());
    event.mutable_checkpoint()->set_position(Token(membership));
    events_.Send(event);
  }
}

void Memberships::GoLive(Membership& membership) {
  membership.state = Membership::State::kLive;
  membership.last = hub_.PositionOf(membership.channel);
}

void Memberships::TellJoined(Membership& membership, edge::v1::Recovery recovery) {
  edge::v1::Event event;
  event.set_ref(membership.ref);
  event.mutable_joined()->set_channel(membership.channel.value());
  event.mutable_joined()->set_position(Token(membership));
  event.mutable_joined()->set_recovery(recovery);
  events_.Send(event);
  if (IsPersonal(membership.channel)) return;  // Presence does not know personal channels.
  hub_.announcer().Joined(session_.id(), session_.user(), membership.channel);
}

void Memberships::SendError(std::uint64_t ref, edge::v1::ErrorCode code, std::string_view message,
                            const ChannelName& channel) {
  session_.SendError(ref, {code, std::string(message)}, channel.value(), {});
}

void Memberships::SendDiscontinuity(const Membership& membership,
                                    edge::v1::DiscontinuityReason reason) {
  edge::v1::Event event;
  auto& discontinuity = *event.mutable_discontinuity();
  discontinuity.set_channel(membership.channel.value());
  discontinuity.set_position(Token(membership));
  discontinuity.set_reason(reason);
  events_.Send(event);
}

std::string Memberships::Token(const Membership& membership) const {
  const LogInfo& log = *hub_.log();
  const Partition partition = PartitionOf(membership.channel, log.partitions);
  return EncodeToken({log.epoch, partition, membership.last}, membership.channel);
}

Membership* Memberships::Find(const PageTurn& turn) {
  const auto found = memberships_.find(turn.channel);
  const bool same = found != memberships_.end() && found->second.number == turn.number;
  return same ? &found->second : nullptr;
}

}  // namespace parley::gateway
