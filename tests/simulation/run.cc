#include "tests/simulation/run.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "services/common/chat_record.h"
#include "services/common/text.h"
#include "tests/oracle/oracle.h"
#include "tests/simulation/client.h"
#include "tests/simulation/nemesis.h"
#include "tests/simulation/presence_check.h"
#include "tests/simulation/world.h"

namespace parley::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Partition kPartitions = 3;
constexpr std::array kChannels = {"general", "random", "ops", "dev",  "cats", "dogs",
                                  "art",     "tea",    "mac", "pets", "jobs", "food"};
constexpr std::size_t kChannelsMin = 1;
constexpr std::size_t kChannelsMore = 4;
constexpr std::int64_t kWindowMs = 60'000;
constexpr std::int64_t kLateMs = 15'000;
constexpr std::size_t kFaultsMin = 10;
constexpr std::size_t kFaultsMore = 10;
constexpr Duration kActive = seconds(25);
constexpr Duration kFaultLongest = seconds(12);
constexpr Duration kSettleMost = seconds(60);
constexpr Duration kQuiet = seconds(3);
// Clients go on leaving and joining: presence knows the truth at some moment within this time.
constexpr Duration kPresenceMost = seconds(5);
// While Kafka is away nobody is dropped, and everybody gets the whole server timeout (10 s)
// afterwards: a dead gateway is gone within this time of Kafka's return.
constexpr Duration kDropMost = seconds(12);

WorldSize SizeOf(Dice& dice) { return {3, 2 + dice.Below(2), 1 + dice.Below(2)}; }

Nemesis::Clients MakeClients(World& world) {
  Nemesis::Clients clients;
  const std::size_t count = 7 + world.dice.Below(6);
  const std::vector<std::string> channels(kChannels.begin(), kChannels.end());
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<Client>(world, "user" + std::to_string(i), channels,
                                               kChannelsMin + world.dice.Below(kChannelsMore)));
  }
  return clients;
}

bool AllSettled(const Nemesis::Clients& clients) {
  return std::ranges::all_of(clients, [](const auto& client) { return client->settled(); });
}

// What the log shows, by DESIGN's definition of a duplicate.
std::vector<oracle::StoredMessage> Dump(const Broker& broker) {
  std::vector<oracle::StoredMessage> stored;
  const router::FakeTopic& topic = broker.chatting();
  for (const std::string name : kChannels) {
    const ChannelName channel(name);
    const Partition partition = PartitionOf(channel, topic.partitions());
    for (const Offset offset : topic.Visible(name, kWindowMs, kLateMs)) {
      const router::FakeTopic::Record& record = topic.At(partition, offset);
      RawRecord raw;
      raw.partition = partition;
      raw.offset = offset;
      raw.key = *record.key;
      raw.value = *record.value;
      for (const auto& [header, value] : record.headers) raw.headers.emplace_back(header, value);
      const ParsedRecord parsed = ParseRecord(raw, kContentBytesMaxDefault);
      const LogRecord* message = std::get_if<LogRecord>(&parsed);
      if (message == nullptr) continue;
      stored.push_back({name, message->message.id.value(), message->message.sender.value(),
                        EncodeToken({broker.log().epoch, partition, offset}, channel)});
    }
  }
  return stored;
}

void JudgePresence(World& world, RunResult& result) {
  const TimePoint deadline =
      std::max(world.scheduler.Now() + kPresenceMost, world.broker.events_up_at() + kDropMost);
  std::optional<std::string> wrong = WrongInPresence(world);
  while (wrong && world.scheduler.Now() < deadline) {
    world.scheduler.RunUntil(world.scheduler.Now() + milliseconds(50));
    wrong = WrongInPresence(world);
  }
  if (wrong) result.violations.push_back(*wrong);
}

void JudgeAll(const World& world, const Nemesis::Clients& clients, RunResult& result) {
  oracle::Oracle oracle(Dump(world.broker));
  for (const auto& client : clients) {
    oracle.Judge(client->log(), client->settled());
    if (client->not_recovered() > 0) {
      result.violations.push_back(client->log().user + ": a resume was refused");
    }
  }
  oracle.JudgeSends();
  result.acked = oracle.acked();
  result.received = oracle.received();
  result.violations.insert(result.violations.end(), oracle.violations().begin(),
                           oracle.violations().end());
}

}  // namespace

RunResult Run(std::uint64_t seed) {
  RunResult result;
  Dice dice(seed);
  World world(dice.Seed(), SizeOf(dice), {1'700'000'000'000, kPartitions, kWindowMs});
  Nemesis::Clients clients = MakeClients(world);
  Nemesis nemesis(world, clients);
  const TimePoint begin = world.scheduler.Now();

  const std::size_t faults = kFaultsMin + dice.Below(kFaultsMore);
  for (std::size_t i = 0; i < faults; ++i) {
    world.scheduler.At(begin + dice.Between(milliseconds(500), kActive),
                       [&nemesis] { nemesis.Strike(kFaultLongest); });
  }
  world.scheduler.RunUntil(begin + kActive);
  for (const auto& client : clients) client->StopPublishing();
  if (seed % 2 == 0) {
    nemesis.HealAll();
  } else {
    nemesis.HealMajority();
  }
  // The last faults, too, come to their end.
  world.scheduler.RunUntil(world.scheduler.Now() + kFaultLongest);
  const TimePoint healed = world.scheduler.Now();
  while (world.scheduler.Now() - healed < kSettleMost && !AllSettled(clients)) {
    world.scheduler.RunUntil(world.scheduler.Now() + milliseconds(500));
  }
  world.scheduler.RunUntil(world.scheduler.Now() + kQuiet);

  for (const auto& client : clients) {
    for (const oracle::ClientEvent& event : client->log().events) {
      result.sent += event.kind == oracle::ClientEvent::Kind::kInvoke;
    }
    if (!client->settled()) result.violations.push_back("stuck: " + client->State());
  }
  JudgePresence(world, result);
  JudgeAll(world, clients, result);
  result.faults = nemesis.faults();
  result.checksum = world.dice.Seed();
  result.steps = world.scheduler.steps();
  return result;
}

}  // namespace parley::simulation
