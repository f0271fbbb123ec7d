#include "tests/oracle/oracle.h"

#include <algorithm>
#include <utility>

namespace parley::oracle {

using Kind = ClientEvent::Kind;

namespace {

struct Before {
  bool operator()(const StoredMessage& left, const std::string& right) const {
    return left.position < right;
  }
  bool operator()(const std::string& left, const StoredMessage& right) const {
    return left < right.position;
  }
};

}  // namespace

Oracle::Oracle(const std::vector<StoredMessage>& stored) {
  for (const StoredMessage& message : stored) channels_[message.channel].push_back(message);
  for (auto& [name, messages] : channels_) {
    std::ranges::stable_sort(messages, {}, &StoredMessage::position);
    for (const StoredMessage& message : messages) stored_by_id_[message.id].push_back(&message);
  }
}

std::size_t Oracle::count(Breach breach) const {
  const auto found = breaches_.find(breach);
  return found == breaches_.end() ? 0 : found->second;
}

void Oracle::Violation(std::initializer_list<Breach> breaches, const std::string& user,
                       const std::string& what) {
  for (const Breach breach : breaches) ++breaches_[breach];
  violations_.push_back(user.empty() ? what : user + ": " + what);
}

const StoredMessage* Oracle::Next(const std::string& channel, const std::string& at) const {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return nullptr;
  const auto next = std::upper_bound(found->second.begin(), found->second.end(), at, Before());
  return next == found->second.end() ? nullptr : &*next;
}

void Oracle::Judge(const ClientLog& log, bool stays) {
  std::map<std::string, Membership> memberships;
  for (const ClientEvent& event : log.events) {
    Membership& membership = memberships[event.channel];
    switch (event.kind) {
      case Kind::kInvoke:
        OnInvoke(log, event);
        break;
      case Kind::kOk:
        OnOk(log, event);
        break;
      case Kind::kFail:
        if (Sent* sent = FindSent(log, event)) sent->failed = true;
        break;
      case Kind::kJoined:
        OnJoined(log, event, membership);
        break;
      case Kind::kReceived:
        OnReceived(log, event, membership);
        break;
      case Kind::kCheckpoint:
        OnCheckpoint(log, event, membership);
        break;
      case Kind::kLost:
        OnLost(log, event, membership);
        break;
      case Kind::kLeft:
        membership.covered = false;
        break;
      case Kind::kUnknown:
      case Kind::kDisconnected:
        break;
    }
  }
  if (stays) JudgeEnd(log, memberships);
}

void Oracle::JudgeEnd(const ClientLog& log, const std::map<std::string, Membership>& memberships) {
  for (const auto& [channel, membership] : memberships) {
    if (!membership.covered) continue;
    if (const StoredMessage* missing = Next(channel, membership.at)) {
      Violation({Breach::kLost}, log.user,
                "lost: " + channel + " " + missing->id + " at " + missing->position +
                    " and all after it never came");
    }
  }
}

void Oracle::OnInvoke(const ClientLog& log, const ClientEvent& event) {
  const auto [sent, is_new] = sent_.try_emplace(event.id);
  if (is_new) {
    sent->second.user = log.user;
    sent->second.channel = event.channel;
    sent->second.time_us = event.time_us;
    sent_order_[log.user + "\n" + event.channel].push_back(event.id);
  } else if (sent->second.user != log.user || sent->second.channel != event.channel) {
    Violation(log.user, "sent under an id that was taken: " + event.id);
  }
}

Oracle::Sent* Oracle::FindSent(const ClientLog& log, const ClientEvent& event) {
  const auto sent = sent_.find(event.id);
  if (sent != sent_.end() && sent->second.user == log.user) return &sent->second;
  Violation(log.user, "told what became of " + event.id + ", which it did not send");
  return nullptr;
}

void Oracle::OnOk(const ClientLog& log, const ClientEvent& event) {
  ++acked_;
  Sent* sent = FindSent(log, event);
  if (sent == nullptr) return;
  sent->acked = true;
  sent->first_try = event.first_try;
  sent->position = event.position;
}

void Oracle::OnJoined(const ClientLog& log, const ClientEvent& event, Membership& membership) {
  if (!event.resumed) {
    // Who left and comes anew may be let in before what it once saw: its gateway may lag.
    if (!membership.covered) membership.ids.clear();
    Skip(log, event, membership);
    live_joins_.push_back({log.user, event.channel, event.time_us, event.position});
  } else if (event.position != membership.at) {
    Violation(log.user,
              "resumed " + event.channel + " at " + event.position + ", not at " + membership.at);
  }
  membership.covered = true;
  membership.at = event.position;
}

void Oracle::OnLost(const ClientLog& log, const ClientEvent& event, Membership& membership) {
  ++discontinuities_;
  Skip(log, event, membership);
  membership.at = std::max(membership.at, event.position);
}

void Oracle::Skip(const ClientLog& log, const ClientEvent& event, const Membership& membership) {
  if (!membership.covered) return;
  const StoredMessage* skipped = Next(event.channel, membership.at);
  if (skipped == nullptr || skipped->position > event.position) return;
  Violation({Breach::kLost}, log.user,
            "lost: " + event.channel + " went on at " + event.position + " after " + membership.at +
                ", though the log holds " + skipped->id + " at " + skipped->position);
}

void Oracle::OnCheckpoint(const ClientLog& log, const ClientEvent& event, Membership& membership) {
  const StoredMessage* skipped = Next(event.channel, membership.at);
  if (skipped != nullptr && skipped->position <= event.position) {
    Violation({Breach::kLost, Breach::kUndetectedGap}, log.user,
              "told that " + event.channel + " has come to " + event.position +
                  ", but never given " + skipped->id + " at " + skipped->position);
  }
  membership.at = std::max(membership.at, event.position);
}

void Oracle::OnReceived(const ClientLog& log, const ClientEvent& event, Membership& membership) {
  ++received_;
  received_by_id_.try_emplace(event.id, Received{log.user, event.channel});
  if (!membership.ids.insert(event.id).second) {
    Violation({Breach::kDuplicate}, log.user,
              "duplicate: " + event.channel + " " + event.id + " at " + event.position);
  }
  if (!membership.covered) {
    Violation(log.user, "received " + event.id + " of " + event.channel + ", which it is not in");
    return;
  }
  if (event.position <= membership.at) {
    Violation({Breach::kReordered}, log.user,
              "out of order: " + event.channel + " " + event.id + " at " + event.position +
                  " after " + membership.at);
    return;
  }
  CompareWithLog(log, event, membership);
  membership.at = event.position;
}

void Oracle::CompareWithLog(const ClientLog& log, const ClientEvent& event,
                            const Membership& membership) {
  const StoredMessage* expected = Next(event.channel, membership.at);
  JudgePrevious(log, event, membership, expected);
  if (expected != nullptr && expected->position == event.position && expected->id == event.id) {
    return;
  }
  const std::string text =
      "after " + membership.at + " of " + event.channel + " came " + event.id + " at " +
      event.position + ", the log has " +
      (expected == nullptr ? "nothing" : expected->id + " at " + expected->position);
  if (expected == nullptr || expected->position >= event.position) {
    Violation(log.user, text);
  } else if (event.previous > membership.at) {
    Violation({Breach::kLost}, log.user, text);
  } else {
    Violation({Breach::kLost, Breach::kUndetectedGap}, log.user, text);
  }
}

void Oracle::JudgePrevious(const ClientLog& log, const ClientEvent& event,
                           const Membership& membership, const StoredMessage* expected) {
  if (event.previous.empty()) return;
  const std::string named = event.channel + " " + event.id + " names " + event.previous;
  if (event.previous > membership.at) {
    Violation(log.user,
              "gap: " + named + " before it, but " + membership.at + " was the last given");
    return;
  }
  if (expected == nullptr || expected->position != event.position) return;
  // What lay before the first that the log still holds, nobody knows.
  if (expected == channels_.at(event.channel).data()) return;
  const StoredMessage& before = *(expected - 1);
  if (before.position == event.previous) return;
  Violation(log.user,
            "hidden gap: " + named + " before it, the log has " + before.position + " there");
}

void Oracle::JudgeSends() {
  JudgeReceived();
  for (const auto& [id, sent] : sent_) JudgeStored(id, sent);
  JudgeOrder();
  JudgeJoins();
}

void Oracle::JudgeReceived() {
  for (const auto& [id, received] : received_by_id_) {
    const auto sent = sent_.find(id);
    if (sent == sent_.end()) {
      Violation(received.user, "received " + id + ", which nobody sent");
    } else if (sent->second.failed) {
      Violation(received.user, "received " + id + ", whose publish definitely failed");
    } else if (sent->second.channel != received.channel) {
      Violation(received.user, "received " + id + " in " + received.channel +
                                   ", which was sent to " + sent->second.channel);
    }
  }
}

void Oracle::JudgeStored(const std::string& id, const Sent& sent) {
  const auto found = stored_by_id_.find(id);
  if (found == stored_by_id_.end()) {
    if (sent.acked) Violation({Breach::kLost}, sent.user, "acked and not in the log: " + id);
    return;
  }
  const StoredMessage& stored = *found->second.front();
  if (const std::size_t copies = found->second.size(); copies > 1) {
    Violation({Breach::kDuplicate}, sent.user,
              "the log shows " + id + " " + std::to_string(copies) + " times");
  }
  if (sent.failed) Violation(sent.user, "definitely failed, and in the log: " + id);
  if (stored.channel != sent.channel || stored.sender != sent.user) {
    Violation(sent.user, "sent " + id + " to " + sent.channel + ", the log has it in " +
                             stored.channel + " from " + stored.sender);
  }
  // The ack of a repetition may name the copy that is not shown.
  if (!sent.acked || !sent.first_try || sent.position.empty()) return;
  // What the client sent once, a producer may have sent twice.
  if (stored.position != sent.position && std::ranges::count(stored.hidden, sent.position) == 0) {
    Violation(sent.user,
              "acked " + id + " at " + sent.position + ", the log has it at " + stored.position);
  }
}

void Oracle::JudgeOrder() {
  for (const auto& [who, ids] : sent_order_) {
    std::string last;
    for (const std::string& id : ids) {
      const Sent& sent = sent_.at(id);
      const auto stored = stored_by_id_.find(id);
      if (!sent.acked || !sent.first_try || stored == stored_by_id_.end()) continue;
      const std::string& position = stored->second.front()->position;
      if (position < last)
        Violation({Breach::kReordered}, sent.user, "sent in order, stored out of it: " + id);
      last = position;
    }
  }
}

void Oracle::JudgeJoins() {
  // By channel: for each stored message the latest that was sent of it and those before.
  std::map<std::string, std::vector<const Sent*>> latest;
  for (const auto& [name, messages] : channels_) {
    const Sent* last = nullptr;
    for (const StoredMessage& message : messages) {
      const auto sent = sent_.find(message.id);
      const bool later =
          sent != sent_.end() && (last == nullptr || sent->second.time_us > last->time_us);
      if (later) last = &sent->second;
      latest[name].push_back(last);
    }
  }
  for (const LiveJoin& join : live_joins_) {
    const Channel& messages = channels_[join.channel];
    const auto beyond = std::upper_bound(messages.begin(), messages.end(), join.position, Before());
    if (beyond == messages.begin()) continue;
    const Sent* sent =
        latest[join.channel][static_cast<std::size_t>(beyond - messages.begin()) - 1];
    if (sent == nullptr || sent->time_us <= join.time_us) continue;
    Violation(join.user, "joined " + join.channel + " at " + join.position + ", and what " +
                             sent->user + " sent only then lies before it");
  }
}

}  // namespace parley::oracle
