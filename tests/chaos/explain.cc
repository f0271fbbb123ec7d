#include "tests/chaos/explain.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <regex>

namespace parley::chaos {
namespace {

using Kind = CompactLog::Kind;

constexpr std::size_t kMessagesMax = 8;
constexpr std::size_t kReceiversMax = 4;

std::string Seconds(std::int64_t us) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", static_cast<double>(us) / 1e6);
  return text;
}

const char* NameOf(Kind kind) {
  switch (kind) {
    case Kind::kInvoke:
      return "sent";
    case Kind::kOk:
      return "acked";
    case Kind::kFail:
      return "failed";
    case Kind::kUnknown:
      return "given up";
    case Kind::kReceived:
      return "received";
    default:
      return "?";
  }
}

std::vector<std::string> IdsIn(const std::vector<std::string>& violations) {
  const std::regex pattern("\\b[a-zA-Z]+[0-9]+-[0-9]+\\b");
  std::vector<std::string> ids;
  for (const std::string& violation : violations) {
    for (std::sregex_iterator match(violation.begin(), violation.end(), pattern), end;
         match != end && ids.size() < kMessagesMax; ++match) {
      const std::string id = match->str();
      if (id.starts_with("room-") || std::ranges::find(ids, id) != ids.end()) continue;
      ids.push_back(id);
    }
  }
  return ids;
}

std::string OfClients(const std::string& id, const std::vector<Crowd::Record>& records,
                      std::int64_t begin_us) {
  std::string text;
  std::size_t receivers = 0;
  for (const Crowd::Record& record : records) {
    for (const CompactLog::Entry& entry : record.log.entries()) {
      if (record.log.Text(entry.id) != id) continue;
      if (entry.kind == Kind::kReceived && ++receivers > kReceiversMax) continue;
      text += "; " + Seconds(entry.time_us - begin_us) + " " + NameOf(entry.kind);
      if (entry.kind == Kind::kOk && !entry.flag) text += " after repetition";
      if (entry.kind == Kind::kReceived) text += " by " + record.log.user();
    }
  }
  return text + "; received " + std::to_string(receivers) + " times";
}

std::string OfLog(const std::string& id, const LogDump& dump, std::int64_t begin_us) {
  const auto found = dump.copies.find(id);
  if (found == dump.copies.end()) return "; not in the log";
  const std::int64_t wall_us = std::chrono::duration_cast<std::chrono::microseconds>(
                                   std::chrono::system_clock::now().time_since_epoch())
                                   .count();
  std::string text;
  for (const StoredCopy& copy : found->second) {
    text += "; " + Seconds(copy.time_ms * 1000 - (wall_us - NowUs()) - begin_us) + " stored at " +
            std::to_string(copy.partition) + "/" + std::to_string(copy.offset) +
            (copy.marked ? ", marked"
             : copy.held ? ", held"
                         : ", not marked") +
            (copy.shown ? ", shown" : ", hidden");
  }
  return text;
}

}  // namespace

std::vector<std::string> Explain(const std::vector<std::string>& violations,
                                 const std::vector<Crowd::Record>& records, const LogDump& dump,
                                 std::int64_t begin_us) {
  std::vector<std::string> lines;
  for (const std::string& id : IdsIn(violations)) {
    lines.push_back(id + OfLog(id, dump, begin_us) + OfClients(id, records, begin_us));
  }
  return lines;
}

}  // namespace parley::chaos
