#include "tests/chaos/compact_log.h"

#include <chrono>
#include <utility>

namespace parley::chaos {

Words::Words() { Intern({}); }

Words::Word Words::Intern(std::string_view text) {
  const auto found = known_.find(text);
  if (found != known_.end()) return found->second;
  const auto word = static_cast<Word>(texts_.size());
  known_.emplace(texts_.emplace_back(text), word);
  return word;
}

CompactLog::CompactLog(Words& words, std::string user) : words_(words), user_(std::move(user)) {}

CompactLog::Entry& CompactLog::Add(Kind kind, std::int64_t time_us, std::string_view channel,
                                   std::string_view id, std::string_view position,
                                   std::string_view previous) {
  Entry& entry = entries_.emplace_back();
  entry.kind = kind;
  entry.time_us = time_us;
  entry.channel = words_.Intern(channel);
  entry.id = words_.Intern(id);
  entry.position = words_.Intern(position);
  entry.previous = words_.Intern(previous);
  return entry;
}

oracle::ClientLog CompactLog::Expand() const {
  oracle::ClientLog log;
  log.user = user_;
  log.events.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    oracle::ClientEvent& event = log.events.emplace_back();
    event.kind = entry.kind;
    event.time_us = entry.time_us;
    event.channel = Text(entry.channel);
    event.id = Text(entry.id);
    event.position = Text(entry.position);
    event.previous = Text(entry.previous);
    event.resumed = entry.kind == Kind::kJoined && entry.flag;
    event.first_try = entry.kind != Kind::kOk || entry.flag;
  }
  return log;
}

std::int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace parley::chaos
