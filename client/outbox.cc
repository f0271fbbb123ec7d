#include "client/outbox.h"

#include <algorithm>
#include <iterator>

#include "client/convert.h"
#include "client/errors.h"

namespace parley::client {

void Outbox::Add(Publication publication, std::promise<PublishResult> answer, TimePoint due) {
  const Number number = ++last_number_;
  ++lanes_[publication.channel].size;
  waiting_.insert(number);
  by_due_.emplace(due, number);
  entries_.emplace(
      number,
      Entry{.publication = std::move(publication), .answer = std::move(answer), .due = due});
}

bool Outbox::Next(TimePoint now, std::uint64_t ref, v1::Publish& wire) {
  const auto may_go = [&](Number number) {
    const Lane& lane = lanes_.at(entries_.at(number).publication.channel);
    const bool is_held_back = !lane.turned_away.empty() && *lane.turned_away.begin() < number;
    return !is_held_back && lane.waits_until <= now;
  };
  const auto next = std::ranges::find_if(waiting_, may_go);
  if (next == waiting_.end()) return false;
  const Number number = *next;
  Entry& entry = entries_.at(number);
  waiting_.erase(next);
  in_flight_.emplace(ref, number);
  entry.ref = ref;
  if (entry.attempts++ > 0) ++resent_;
  ToWire(entry.publication, wire);
  wire.set_retry(entry.publication.retry || entry.maybe_stored);
  return true;
}

Outbox::Entries::iterator Outbox::Find(std::uint64_t ref) {
  const auto sent = in_flight_.find(ref);
  return sent == in_flight_.end() ? entries_.end() : entries_.find(sent->second);
}

bool Outbox::OnAck(std::uint64_t ref, const PositionToken& position) {
  const auto entry = Find(ref);
  if (entry == entries_.end()) return false;
  lanes_.at(entry->second.publication.channel).failures = 0;
  Finish(entry, Outcome::kStored, position, {});
  return true;
}

bool Outbox::OnError(std::uint64_t ref, const Error& error, Outcome outcome, TimePoint now) {
  const auto found = Find(ref);
  if (found == entries_.end()) return false;
  Entry& entry = found->second;
  in_flight_.erase(std::exchange(entry.ref, 0));
  waiting_.insert(found->first);
  entry.maybe_stored |= outcome != Outcome::kNotStored;
  entry.error = error;
  if (error.retryable()) {
    TurnAway(found->first, entry, now);
  } else {
    GiveUp(found, error);
  }
  return true;
}

void Outbox::TurnAway(Number number, Entry& entry, TimePoint now) {
  Lane& lane = lanes_.at(entry.publication.channel);
  lane.turned_away.insert(number);
  // Those that were on their way together are turned away for one reason.
  if (lane.waits_until > now) return;
  lane.waits_until = now + chance_.UpTo(backoff_.After(lane.failures++));
}

void Outbox::OnStreamEnd(const std::vector<std::uint64_t>& unsent) {
  for (const std::uint64_t ref : unsent) {
    const auto entry = Find(ref);
    if (entry == entries_.end()) continue;
    in_flight_.erase(std::exchange(entry->second.ref, 0));
    waiting_.insert(entry->first);
    if (--entry->second.attempts > 0) --resent_;
  }
  for (const auto& [ref, number] : in_flight_) {
    Entry& entry = entries_.at(number);
    entry.ref = 0;
    entry.maybe_stored = true;
    waiting_.insert(number);
  }
  in_flight_.clear();
  for (auto& [channel, lane] : lanes_) lane.waits_until = {};
}

void Outbox::OnTime(TimePoint now) {
  while (!by_due_.empty() && by_due_.begin()->first <= now) {
    GiveUp(entries_.find(by_due_.begin()->second), TimedOut("the publish"));
  }
}

void Outbox::GiveUpAll(const Error& error) {
  while (!entries_.empty()) GiveUp(entries_.begin(), error);
}

void Outbox::GiveUp(Entries::iterator entry, Error error) {
  const bool may_be_stored = entry->second.maybe_stored || entry->second.ref != 0;
  // What a server said of it says more than that its time is over.
  if (!entry->second.error.code.empty()) error = entry->second.error;
  Finish(entry, may_be_stored ? Outcome::kUnknown : Outcome::kNotStored, {}, error);
}

void Outbox::Finish(Entries::iterator found, Outcome outcome, const PositionToken& position,
                    const Error& error) {
  auto& [number, entry] = *found;
  const auto lane = lanes_.find(entry.publication.channel);
  lane->second.turned_away.erase(number);
  if (--lane->second.size == 0) lanes_.erase(lane);
  if (entry.ref != 0) in_flight_.erase(entry.ref);
  waiting_.erase(number);
  by_due_.erase({entry.due, number});
  entry.answer.set_value({.outcome = outcome,
                          .channel = entry.publication.channel,
                          .id = entry.publication.id,
                          .position = position,
                          .error = error,
                          .attempts = entry.attempts});
  entries_.erase(found);
}

TimePoint Outbox::NextDue(TimePoint now) const {
  TimePoint due = by_due_.empty() ? TimePoint::max() : by_due_.begin()->first;
  for (const Number number : waiting_) {
    const TimePoint until = lanes_.at(entries_.at(number).publication.channel).waits_until;
    if (until > now) due = std::min(due, until);
  }
  return due;
}

}  // namespace parley::client
