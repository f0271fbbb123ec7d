#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "services/common/kafka/log_store.h"
#include "services/common/position.h"
#include "tests/integration/cluster.h"
#include "tests/integration/member.h"

namespace parley::test {
namespace {

constexpr std::size_t kGateways = 3;
constexpr int kMessages = 60;
constexpr int kDistanceMax = 40;

Position PositionOf(const std::string& token) { return DecodeToken(token).value().position; }

v1::Joined JoinedOf(const Member& member, const std::string& channel) {
  for (const v1::Event& event : member.others()) {
    if (event.joined().channel() == channel) return event.joined();
  }
  throw std::runtime_error("not in " + channel);
}

std::vector<std::string> IdsOf(const Member& member, const std::string& channel) {
  std::vector<std::string> ids;
  for (const v1::Message& message : member.messages()) {
    if (message.channel() == channel) ids.push_back(message.id());
  }
  return ids;
}

// A token to resume with, and what is to come of it. What retention took is in retention_test.cc.
struct Case {
  const char* name;
  std::string token;
  v1::Recovery verdict;
  int missed = 0;  // That come before what is published afterwards.
};

class ResumeTest : public testing::Test {
 protected:
  ResumeTest() : cluster_(Config()), sender_(cluster_.Gateway(0), "ann") {
    const auto log =
        kafka::LogStore({.brokers = cluster_.Broker(), .properties = {}}).Read(kTimeout).info;
    partitions_ = log.value().partitions;
    do {
      neighbour_ = FreshChannel("neighbour");
    } while (PartitionIn(neighbour_) != PartitionIn(channel_));
    do {
      stranger_ = FreshChannel("stranger");
    } while (PartitionIn(stranger_) == PartitionIn(channel_));
  }

  static standalone::StandaloneConfig Config() {
    standalone::StandaloneConfig config;
    config.gateways = kGateways;
    config.routers = 2;
    config.gateway.session.resume_distance_max = kDistanceMax;
    return config;
  }

  Partition PartitionIn(const std::string& channel) const {
    return PartitionOf(ChannelName(channel), partitions_);
  }

  // Where it lies.
  Position Publish(const std::string& channel, const std::string& id) {
    sender_.Publish(channel, id, "message");
    if (!sender_.WaitUntil([&](const Member& m) { return m.acks().contains(id); })) {
      throw std::runtime_error("no ack of " + id);
    }
    return PositionOf(sender_.acks().at(id));
  }

  std::vector<Case> Cases(const std::vector<Position>& stored) const {
    const ChannelName channel(channel_);
    const auto token = [&](int epochs, int partitions, std::int64_t offset) {
      const Position& last = stored.back();
      return EncodeToken({last.epoch + epochs, (last.partition + partitions) % partitions_, offset},
                         channel);
    };
    const auto at = [&](int number) { return stored[static_cast<std::size_t>(number)].offset; };
    const Offset last = stored.back().offset;
    const std::string good = token(0, 0, at(kMessages - 4));
    const auto of = [&](const std::string& name) {
      Position position = stored.back();
      position.partition = PartitionIn(name);
      return EncodeToken(position, ChannelName(name));
    };
    return {
        {"the end", token(0, 0, last), v1::RECOVERY_COMPLETE},
        {"a few behind", good, v1::RECOVERY_COMPLETE, 3},
        {"as far as the bound", token(0, 0, last - kDistanceMax), v1::RECOVERY_COMPLETE,
         kDistanceMax},
        {"one beyond the bound", token(0, 0, last - kDistanceMax - 1), v1::RECOVERY_TOO_FAR},
        {"the first message", token(0, 0, at(0)), v1::RECOVERY_TOO_FAR},
        {"one into the future", token(0, 0, last + 1), v1::RECOVERY_FUTURE},
        {"far into the future", token(0, 0, INT64_MAX - 1), v1::RECOVERY_FUTURE},
        {"an older epoch", token(-1, 0, last), v1::RECOVERY_OTHER_EPOCH},
        {"an epoch to come", token(1, 0, last), v1::RECOVERY_OTHER_EPOCH},
        {"another partition", token(0, 1, last), v1::RECOVERY_OTHER_PARTITION},
        {"another channel of the partition", of(neighbour_), v1::RECOVERY_OTHER_CHANNEL},
        {"another channel elsewhere", of(stranger_), v1::RECOVERY_OTHER_CHANNEL},
        {"a piece of a token", good.substr(1), v1::RECOVERY_OTHER_CHANNEL},
        {"no token", "nonsense", v1::RECOVERY_OTHER_CHANNEL},
        {"no token of the right length", std::string(good.size(), '~'), v1::RECOVERY_OTHER_CHANNEL},
        {"no position", "", v1::RECOVERY_NOT_ASKED},
    };
  }

  static constexpr std::chrono::seconds kTimeout{30};
  Cluster cluster_;
  Member sender_;
  Partition partitions_ = 0;
  const std::string channel_ = FreshChannel("resume");
  std::string neighbour_;
  std::string stranger_;
};

// Nothing but what was missed and what came afterwards, in order.
void ExpectGoesOnLive(Member& member, const std::string& channel, const Case& tried,
                      const std::vector<std::string>& sent) {
  const auto has_last = [&](const Member& m) {
    const std::vector<std::string> ids = IdsOf(m, channel);
    return !ids.empty() && ids.back() == sent.back();
  };
  EXPECT_TRUE(member.WaitUntil(has_last)) << tried.name;
  const std::vector<std::string> expected(sent.end() - 1 - tried.missed, sent.end());
  EXPECT_EQ(IdsOf(member, channel), expected) << tried.name;
}

TEST_F(ResumeTest, EachTokenGetsItsVerdictAndTheClientGoesOnLive) {
  std::vector<std::string> sent;
  std::vector<Position> stored;
  const auto publish = [&] {
    sent.push_back("m" + std::to_string(sent.size()) + "@" + channel_);
    stored.push_back(Publish(channel_, sent.back()));
  };
  while (sent.size() < kMessages) publish();

  const std::vector<Case> cases = Cases(stored);
  std::vector<std::unique_ptr<Member>> members;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].name);
    members.push_back(std::make_unique<Member>(cluster_.Gateway(i), "reader"));
    ASSERT_TRUE(members.back()->Join(channel_, cases[i].token));
    const v1::Joined joined = JoinedOf(*members.back(), channel_);
    EXPECT_EQ(v1::Recovery_Name(joined.recovery()), v1::Recovery_Name(cases[i].verdict));
    const bool recovered = cases[i].verdict == v1::RECOVERY_COMPLETE;
    EXPECT_EQ(joined.position() == cases[i].token, recovered);
  }
  publish();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    ExpectGoesOnLive(*members[i], channel_, cases[i], sent);
  }

  // What a client is given instead of what it lost is good to resume from.
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (cases[i].verdict == v1::RECOVERY_COMPLETE) continue;
    Member again(cluster_.Gateway(i + 1), "reader");
    ASSERT_TRUE(again.Join(channel_, JoinedOf(*members[i], channel_).position()));
    EXPECT_EQ(JoinedOf(again, channel_).recovery(), v1::RECOVERY_COMPLETE) << cases[i].name;
    ExpectGoesOnLive(again, channel_, cases[i], sent);
  }
}

}  // namespace
}  // namespace parley::test
