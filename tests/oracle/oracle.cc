#include "tests/oracle/oracle.h"

#include <algorithm>
#include <utility>

namespace parley::oracle {

using Kind = ClientEvent::Kind;

Oracle::Oracle(const std::vector<StoredMessage>& stored) {
  for (const StoredMessage& message : stored)
    channels_[message.channel].messages.push_back(message);
  for (auto& [name, channel] : channels_) {
    for (const StoredMessage& message : channel.messages) {
      stored_by_id_[message.id].push_back(&message);
    }
  }
}

void Oracle::Violation(const std::string& user, const std::string& what) {
  violations_.push_back(user.empty() ? what : user + ": " + what);
}

const StoredMessage* Oracle::Next(const std::string& channel, const std::string& at) const {
  const auto found = channels_.find(channel);
  if (found == channels_.end()) return nullptr;
  const std::vector<StoredMessage>& messages = found->second.messages;
  const auto next = std::upper_bound(
      messages.begin(), messages.end(), at,
      [](const std::string& left, const StoredMessage& right) { return left < right.position; });
  return next == messages.end() ? nullptr : &*next;
}

void Oracle::Judge(const ClientLog& log, bool stays) {
  std::map<std::string, Membership> memberships;
  for (const ClientEvent& event : log.events) {
    Membership& membership = memberships[event.channel];
    switch (event.kind) {
      case Kind::kInvoke:
        sent_[event.id] = {log.user, event.channel, false, false, false, {}};
        sent_order_[log.user + "\n" + event.channel].push_back(event.id);
        break;
      case Kind::kOk:
        ++acked_;
        sent_[event.id].acked = true;
        sent_[event.id].first_try = event.first_try;
        sent_[event.id].position = event.position;
        break;
      case Kind::kFail:
        sent_[event.id].failed = true;
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
        membership.at = event.position;
        break;
      case Kind::kLeft:
        membership.covered = false;
        break;
      case Kind::kUnknown:
      case Kind::kDisconnected:
        break;
    }
  }
  if (!stays) return;
  for (const auto& [channel, membership] : memberships) {
    if (!membership.covered) continue;
    if (const StoredMessage* missing = Next(channel, membership.at)) {
      Violation(log.user, "lost: " + channel + " " + missing->id + " at " + missing->position +
                              " and all after it never came");
    }
  }
}

void Oracle::OnJoined(const ClientLog& log, const ClientEvent& event, Membership& membership) {
  if (event.resumed && event.position != membership.at) {
    Violation(log.user,
              "resumed " + event.channel + " at " + event.position + ", not at " + membership.at);
  }
  membership.covered = true;
  membership.at = event.position;
}

void Oracle::OnCheckpoint(const ClientLog& log, const ClientEvent& event, Membership& membership) {
  const StoredMessage* skipped = Next(event.channel, membership.at);
  if (skipped != nullptr && skipped->position <= event.position) {
    Violation(log.user, "told that " + event.channel + " has come to " + event.position +
                            ", but never given " + skipped->id + " at " + skipped->position);
  }
  membership.at = std::max(membership.at, event.position);
}

void Oracle::OnReceived(const ClientLog& log, const ClientEvent& event, Membership& membership) {
  ++received_;
  received_ids_.emplace_back(log.user, event.id);
  if (!membership.ids.insert(event.id).second) {
    Violation(log.user, "duplicate: " + event.channel + " " + event.id + " at " + event.position);
  }
  if (!membership.covered) {
    Violation(log.user, "received " + event.id + " of " + event.channel + ", which it is not in");
    return;
  }
  if (event.position <= membership.at) {
    Violation(log.user, "out of order: " + event.channel + " " + event.id + " at " +
                            event.position + " after " + membership.at);
    return;
  }
  if (!event.previous.empty() && event.previous > membership.at) {
    Violation(log.user, "gap: " + event.channel + " " + event.id + " names " + event.previous +
                            " before it, but " + membership.at + " was the last given");
  }
  const StoredMessage* expected = Next(event.channel, membership.at);
  if (expected == nullptr || expected->position != event.position || expected->id != event.id) {
    Violation(log.user,
              "after " + membership.at + " of " + event.channel + " came " + event.id + " at " +
                  event.position + ", the log has " +
                  (expected == nullptr ? "nothing" : expected->id + " at " + expected->position));
  }
  membership.at = event.position;
}

void Oracle::JudgeSends() {
  for (const auto& [user, id] : received_ids_) {
    const auto sent = sent_.find(id);
    if (sent == sent_.end()) {
      Violation(user, "received " + id + ", which nobody sent");
    } else if (sent->second.failed) {
      Violation(user, "received " + id + ", whose publish definitely failed");
    }
  }
  for (const auto& [id, sent] : sent_) {
    const auto stored = stored_by_id_.find(id);
    const std::size_t copies = stored == stored_by_id_.end() ? 0 : stored->second.size();
    if (copies > 1)
      Violation(sent.user, "the log shows " + id + " " + std::to_string(copies) + " times");
    if (!sent.acked) continue;
    if (copies == 0) {
      Violation(sent.user, "acked and not in the log: " + id);
    } else if (sent.first_try && stored->second.front()->position != sent.position) {
      Violation(sent.user, "acked " + id + " at " + sent.position + ", the log has it at " +
                               stored->second.front()->position);
    }
  }
  for (const auto& [who, ids] : sent_order_) {
    std::string last;
    for (const std::string& id : ids) {
      const Sent& sent = sent_.at(id);
      if (!sent.acked || !sent.first_try) continue;
      if (sent.position < last) Violation(sent.user, "sent in order, stored out of it: " + id);
      last = sent.position;
    }
  }
}

}  // namespace parley::oracle
