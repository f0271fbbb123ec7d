#include "client/memberships.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "client/errors.h"

namespace parley::client {

void Memberships::WantUnasked(const ChannelName& channel, Answer answer) {
  Membership& membership = wanted_[channel];
  membership.is_unasked = true;
  membership.answer = std::move(answer);
}

bool Memberships::Want(const ChannelName& channel, const PositionToken& after, Answer& answer,
                       TimePoint due) {
  const auto [entry, is_new] = wanted_.try_emplace(channel);
  if (!is_new) return false;
  entry->second.after = after;
  entry->second.answer = std::move(answer);
  entry->second.due = due;
  ++unanswered_;
  return true;
}

bool Memberships::Leave(const ChannelName& channel, std::uint64_t ref, LeaveAnswer answer,
                        TimePoint due) {
  const auto found = wanted_.find(channel);
  if (found == wanted_.end() || found->second.is_unasked) {
    const bool is_own = found != wanted_.end();
    answer.set_value(Error{.code = is_own ? "ERROR_FORBIDDEN" : "ERROR_WRONG_MEMBERSHIP",
                           .message = is_own ? "one's own personal channel cannot be left"
                                             : "this session is not in the channel",
                           .advice = Advice::kGiveUp});
    return false;
  }
  const bool server_knows = found->second.state != State::kOut;
  Tell(found->second, Error{.code = "ERROR_WRONG_MEMBERSHIP",
                            .message = "the channel was left before it was joined",
                            .advice = Advice::kGiveUp});
  wanted_.erase(found);
  if (server_knows) {
    leaves_.emplace(ref, Leaving{std::move(answer), due});
  } else {
    answer.set_value(std::nullopt);
  }
  return server_knows;
}

std::optional<Memberships::Asking> Memberships::Next(TimePoint now, std::uint64_t ref) {
  for (auto& [channel, membership] : wanted_) {
    if (membership.is_unasked || membership.state != State::kOut) continue;
    if (membership.waits_until > now) continue;
    membership.state = State::kAsked;
    membership.ref = ref;
    return Asking{.channel = channel, .after = membership.after, .resumes = membership.was_in};
  }
  return std::nullopt;
}

Memberships::Entry Memberships::OnJoined(const ChannelName& channel, std::uint64_t ref,
                                         const JoinedChannel& joined) {
  const auto found = wanted_.find(channel);
  if (found == wanted_.end()) return Entry::kUnasked;
  Membership& membership = found->second;
  const bool is_asked =
      membership.is_unasked || (membership.state == State::kAsked && membership.ref == ref);
  if (!is_asked) return Entry::kUnasked;
  membership.state = State::kIn;
  membership.failures = 0;
  Tell(membership, joined);
  return std::exchange(membership.was_in, true) ? Entry::kAgain : Entry::kFirst;
}

bool Memberships::OnLeft(std::uint64_t ref) {
  const auto leaving = leaves_.find(ref);
  if (leaving == leaves_.end()) return false;
  leaving->second.answer.set_value(std::nullopt);
  leaves_.erase(leaving);
  return true;
}

Memberships::Refusal Memberships::OnRefused(std::uint64_t ref, const Error& error, TimePoint now,
                                            ChannelName& channel) {
  const auto leaving = leaves_.find(ref);
  if (leaving != leaves_.end()) {
    leaving->second.answer.set_value(error);
    leaves_.erase(leaving);
    return Refusal::kTold;
  }
  const auto found = std::ranges::find_if(wanted_, [ref](const auto& each) {
    return each.second.state == State::kAsked && each.second.ref == ref;
  });
  if (found == wanted_.end()) return Refusal::kUnasked;
  channel = found->first;
  Membership& membership = found->second;
  membership.state = State::kOut;
  membership.error = error;
  if (error.retryable()) {
    membership.waits_until = now + chance_.UpTo(backoff_.After(membership.failures++));
    return Refusal::kLater;
  }
  const bool was_in = membership.was_in;
  Tell(membership, error);
  wanted_.erase(found);
  return was_in ? Refusal::kLost : Refusal::kTold;
}

void Memberships::OnStreamEnd() {
  for (auto& [channel, membership] : wanted_) {
    membership.state = State::kOut;
    membership.waits_until = {};
    membership.failures = 0;
  }
  // Whoever leaves a channel got what they wanted.
  for (auto& [ref, leaving] : leaves_) leaving.answer.set_value(std::nullopt);
  leaves_.clear();
}

std::vector<ChannelName> Memberships::OnTime(TimePoint now) {
  std::vector<ChannelName> to_leave;
  for (auto each = wanted_.begin(); each != wanted_.end();) {
    Membership& membership = each->second;
    const bool is_due = membership.answer && membership.due <= now;
    if (is_due) {
      if (membership.state == State::kAsked) to_leave.push_back(each->first);
      const bool was_told_why = !membership.error.code.empty();
      Tell(membership, was_told_why ? membership.error : TimedOut("the join"));
    }
    each = is_due ? wanted_.erase(each) : std::next(each);
  }
  for (auto each = leaves_.begin(); each != leaves_.end();) {
    const bool is_due = each->second.due <= now;
    if (is_due) each->second.answer.set_value(TimedOut("the leave"));
    each = is_due ? leaves_.erase(each) : std::next(each);
  }
  return to_leave;
}

void Memberships::GiveUpAll(const Error& error) {
  for (auto& [channel, membership] : wanted_) Tell(membership, error);
  wanted_.clear();
  for (auto& [ref, leaving] : leaves_) leaving.answer.set_value(error);
  leaves_.clear();
}

TimePoint Memberships::NextDue(TimePoint now) const {
  TimePoint next = TimePoint::max();
  for (const auto& [channel, membership] : wanted_) {
    if (membership.answer) next = std::min(next, membership.due);
    const bool waits = membership.state == State::kOut && membership.waits_until > now;
    if (waits) next = std::min(next, membership.waits_until);
  }
  for (const auto& [ref, leaving] : leaves_) next = std::min(next, leaving.due);
  return next;
}

bool Memberships::IsIn(const ChannelName& channel) const {
  const auto found = wanted_.find(channel);
  return found != wanted_.end() && found->second.state == State::kIn;
}

bool Memberships::IsInAllThatWereJoined() const {
  return std::ranges::all_of(wanted_, [](const auto& each) {
    return !each.second.was_in || each.second.state == State::kIn;
  });
}

std::vector<ChannelName> Memberships::Joined() const {
  std::vector<ChannelName> joined;
  for (const auto& [channel, membership] : wanted_) {
    if (membership.state != State::kOut && !membership.is_unasked) joined.push_back(channel);
  }
  return joined;
}

void Memberships::Tell(Membership& membership, const Result<JoinedChannel>& result) {
  if (!membership.answer) return;
  membership.answer->set_value(result);
  membership.answer.reset();
  if (!membership.is_unasked) --unanswered_;
}

}  // namespace parley::client
