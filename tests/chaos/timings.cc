#include "tests/chaos/timings.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace parley::chaos {
namespace {

using Kind = CompactLog::Kind;

constexpr double kMicro = 1e6;
// A fault is felt for a while after it is healed.
constexpr std::int64_t kAftermathUs = 3'000'000;

double Seconds(std::int64_t us) { return static_cast<double>(us) / kMicro; }

// The first entry at or after that time.
auto From(const CompactLog& log, std::int64_t time_us) {
  return std::ranges::lower_bound(log.entries(), time_us, {}, &CompactLog::Entry::time_us);
}

int GatewayAt(const Crowd::Record& record, std::int64_t time_us) {
  int gateway = -1;
  for (const Attachment& attachment : record.attachments) {
    if (attachment.time_us > time_us) break;
    gateway = attachment.gateway;
  }
  return gateway;
}

// The one gateway that it read from in all that time.
std::optional<int> OnlyGateway(const Crowd::Record& record, std::int64_t begin_us,
                               std::int64_t end_us) {
  const int gateway = GatewayAt(record, begin_us);
  if (gateway < 0) return std::nullopt;
  for (const Attachment& attachment : record.attachments) {
    if (attachment.time_us > begin_us && attachment.time_us <= end_us) return std::nullopt;
  }
  return gateway;
}

bool IsHurt(int gateway, const std::vector<Fault>& faults, std::int64_t begin_us,
            std::int64_t end_us) {
  return std::ranges::any_of(faults, [&](const Fault& fault) {
    return fault.gateway == gateway && fault.begin_us <= end_us && fault.end_us >= begin_us;
  });
}

// The longest time between two deliveries of which one lies within.
std::int64_t LongestSilence(const CompactLog& log, std::int64_t begin_us, std::int64_t end_us) {
  std::int64_t longest = 0;
  std::int64_t last_us = begin_us;
  for (auto entry = From(log, begin_us); entry != log.entries().end(); ++entry) {
    if (entry->kind != Kind::kReceived) continue;
    longest = std::max(longest, entry->time_us - last_us);
    last_us = entry->time_us;
    if (last_us > end_us) break;
  }
  return longest;
}

using Published = std::unordered_map<std::string, std::int64_t>;  // When, by id.

// Of what came to a receiver that read all the while.
void AddLatencies(const Crowd::Record& record, std::int64_t begin_us, const Published& published,
                  std::vector<double>& seconds) {
  Attachment now;
  auto next = record.attachments.begin();
  for (auto entry = From(record.log, begin_us); entry != record.log.entries().end(); ++entry) {
    while (next != record.attachments.end() && next->time_us <= entry->time_us) now = *next++;
    if (entry->kind != Kind::kReceived || now.gateway < 0) continue;
    const auto found = published.find(record.log.Text(entry->id));
    if (found == published.end() || found->second < now.time_us) continue;
    seconds.push_back(Seconds(entry->time_us - found->second));
  }
}

bool IsFeltByAll(FaultKind kind) {
  return kind == FaultKind::kLeaderKill || kind == FaultKind::kBrokerStop ||
         kind == FaultKind::kTwoBrokersKill || kind == FaultKind::kAllStop;
}

bool IsBesideOneFeltByAll(const Fault& fault, const std::vector<Fault>& faults) {
  return std::ranges::any_of(faults, [&](const Fault& other) {
    return &other != &fault && IsFeltByAll(other.kind) &&
           other.begin_us <= fault.end_us + kAftermathUs &&
           other.end_us + kAftermathUs >= fault.begin_us;
  });
}

}  // namespace

Spread SpreadOf(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  return {values.size(), values[values.size() / 2], values.back()};
}

Latency LatencyBetween(const std::vector<Crowd::Record>& records, std::int64_t begin_us,
                       std::int64_t end_us) {
  Published published;
  for (const Crowd::Record& record : records) {
    for (auto entry = From(record.log, begin_us);
         entry != record.log.entries().end() && entry->time_us < end_us; ++entry) {
      if (entry->kind == Kind::kInvoke) published[record.log.Text(entry->id)] = entry->time_us;
    }
  }
  std::vector<double> seconds;
  for (const Crowd::Record& record : records) {
    AddLatencies(record, begin_us, published, seconds);
  }
  if (seconds.empty()) return {};
  std::ranges::sort(seconds);
  return {seconds.size(), seconds[seconds.size() / 2], seconds[seconds.size() * 99 / 100]};
}

std::map<FaultKind, Spread> Silences(const std::vector<Crowd::Record>& records,
                                     const std::vector<Fault>& faults) {
  std::map<FaultKind, std::vector<double>> by_kind;
  for (const Fault& fault : faults) {
    if (IsBesideOneFeltByAll(fault, faults)) continue;
    const std::int64_t end_us = fault.end_us + kAftermathUs;
    std::int64_t longest = 0;
    for (const Crowd::Record& record : records) {
      const std::optional<int> gateway = OnlyGateway(record, fault.begin_us, end_us);
      if (!gateway || IsHurt(*gateway, faults, fault.begin_us, end_us)) continue;
      longest = std::max(longest, LongestSilence(record.log, fault.begin_us, end_us));
    }
    by_kind[fault.kind].push_back(Seconds(longest));
  }
  std::map<FaultKind, Spread> spreads;
  for (const auto& [kind, seconds] : by_kind) spreads[kind] = SpreadOf(seconds);
  return spreads;
}

ClientSilence LongestSilenceOfAll(const std::vector<Crowd::Record>& records, std::int64_t begin_us,
                                  std::int64_t end_us) {
  ClientSilence longest;
  for (const Crowd::Record& record : records) {
    const double seconds = Seconds(LongestSilence(record.log, begin_us, end_us));
    if (seconds > longest.seconds) longest = {record.log.user(), seconds};
  }
  return longest;
}

Spread ResumesAfterGatewayKill(const std::vector<Crowd::Record>& records,
                               const std::vector<Fault>& faults) {
  std::vector<double> seconds;
  for (const Fault& fault : faults) {
    if (fault.kind != FaultKind::kGatewayKill) continue;
    for (const Crowd::Record& record : records) {
      if (GatewayAt(record, fault.begin_us) != fault.gateway) continue;
      std::set<Words::Word> joined;
      for (auto entry = From(record.log, fault.begin_us); entry != record.log.entries().end();
           ++entry) {
        if (entry->kind == Kind::kDisconnected) joined.clear();
        if (entry->kind != Kind::kJoined || record.log.Text(entry->channel)[0] == '@') continue;
        joined.insert(entry->channel);
        if (joined.size() < record.channels) continue;
        seconds.push_back(Seconds(entry->time_us - fault.begin_us));
        break;
      }
    }
  }
  return SpreadOf(std::move(seconds));
}

}  // namespace parley::chaos
