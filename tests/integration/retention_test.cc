#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "services/common/kafka/topic_spec.h"
#include "services/common/position.h"
#include "tests/integration/brokers.h"
#include "tests/integration/cluster.h"
#include "tests/integration/member.h"
#include "tests/integration/topic_surgery.h"

namespace parley::test {
namespace {

constexpr Partition kPartitions = 32;
constexpr int kMessages = 20;
constexpr int kTaken = 8;  // Of each channel's messages.

Position PositionOf(const std::string& token) { return DecodeToken(token).value().position; }

// Names of one partition, so that retention meets all of them at once.
template <std::size_t kCount>
std::array<std::string, kCount> ChannelsOfOnePartition() {
  std::array<std::string, kCount> channels{FreshChannel("retention")};
  const Partition partition = PartitionOf(ChannelName(channels[0]), kPartitions);
  for (std::size_t i = 1; i < kCount; ++i) {
    do {
      channels[i] = FreshChannel("retention");
    } while (PartitionOf(ChannelName(channels[i]), kPartitions) != partition);
  }
  return channels;
}

// Where the messages lie, by their numbers.
std::vector<Position> PublishAll(Member& member, const std::string& channel, int from, int count) {
  const auto id = [&](int number) { return channel + "-" + std::to_string(number); };
  std::vector<Position> positions;
  for (int number = from; number < from + count; ++number) {
    member.Publish(channel, id(number), "message");
    const bool acked =
        member.WaitUntil([&](const Member& m) { return m.acks().contains(id(number)); });
    if (!acked) throw std::runtime_error("no ack of " + id(number));
    positions.push_back(PositionOf(member.acks().at(id(number))));
  }
  return positions;
}

std::vector<v1::Message> MessagesOf(const Member& member, const std::string& channel) {
  std::vector<v1::Message> messages = member.messages();
  std::erase_if(messages, [&](const v1::Message& message) { return message.channel() != channel; });
  return messages;
}

std::vector<v1::Discontinuity> LossesOf(const Member& member, const std::string& channel) {
  std::vector<v1::Discontinuity> losses;
  for (const v1::Event& event : member.others()) {
    if (event.discontinuity().channel() == channel) losses.push_back(event.discontinuity());
  }
  return losses;
}

std::string JoinedRecovery(const Member& member, const std::string& channel) {
  for (const v1::Event& event : member.others()) {
    if (event.joined().channel() == channel) return v1::Recovery_Name(event.joined().recovery());
  }
  return "";
}

void DeleteBefore(const Position& position) {
  DeleteRecordsBefore(GivenBrokers(), kafka::kChattingTopic, position.partition, position.offset);
}

TEST(RetentionTest, APositionThatRetentionAteIsToldAndTheJoinGoesOnLive) {
  Cluster cluster({.gateways = 1, .routers = 1});
  const std::string channel = FreshChannel("retention");
  Member ann(cluster.Gateway(0), "ann");
  const std::vector<Position> stored = PublishAll(ann, channel, 0, kMessages);
  const auto token = [&](int number) {
    return EncodeToken(stored[static_cast<std::size_t>(number)], ChannelName(channel));
  };
  // What a router has in memory is not lost yet.
  cluster.StopRouters();
  DeleteBefore(stored[kTaken]);
  cluster.StartRouters();

  Member expired(cluster.Gateway(0), "bob");
  ASSERT_TRUE(expired.Join(channel, token(kTaken - 2)));
  EXPECT_EQ(JoinedRecovery(expired, channel), "RECOVERY_EXPIRED");
  Member held(cluster.Gateway(0), "carol");
  ASSERT_TRUE(held.Join(channel, token(kTaken - 1)));
  EXPECT_EQ(JoinedRecovery(held, channel), "RECOVERY_COMPLETE");

  PublishAll(ann, channel, kMessages, 1);
  ASSERT_TRUE(expired.WaitUntil([](const Member& m) { return m.message_count() == 1; }));
  EXPECT_EQ(expired.messages()[0].id(), channel + "-" + std::to_string(kMessages));
  ASSERT_TRUE(
      held.WaitUntil([](const Member& m) { return m.message_count() == kMessages - kTaken + 1; }));
  EXPECT_TRUE(LossesOf(held, channel).empty());
}

// Told once, of a stretch that the log no longer has, and given everything behind it.
void ExpectLossAndTheRest(const Member& member, const std::string& channel,
                          const std::vector<Position>& stored, Offset start) {
  const std::vector<v1::Discontinuity> losses = LossesOf(member, channel);
  ASSERT_EQ(losses.size(), 1u) << channel;
  EXPECT_EQ(losses[0].reason(), v1::DISCONTINUITY_RETENTION);
  EXPECT_EQ(PositionOf(losses[0].position()).offset, start - 1);

  std::vector<Offset> expected;
  for (const Position& position : stored) {
    if (position.offset >= start) expected.push_back(position.offset);
  }
  std::vector<Offset> seen;
  std::string previous;  // Unknown behind a loss.
  for (const v1::Message& message : MessagesOf(member, channel)) {
    seen.push_back(PositionOf(message.position()).offset);
    EXPECT_EQ(message.previous(), previous) << message.id();
    previous = message.position();
  }
  EXPECT_EQ(seen, expected) << channel;
}

TEST(RetentionTest, SessionsThatRetentionOvertookAreToldAndGetEverythingThatIsHeld) {
  standalone::StandaloneConfig config;
  config.gateway.session_loops = 3;
  Cluster cluster(config);
  const std::array<std::string, 2> channels = ChannelsOfOnePartition<2>();
  // Which channels each member is in, so that the hubs differ.
  const std::vector<std::vector<std::size_t>> wanted = {{0}, {0, 1}, {0, 1}, {1}};
  std::vector<std::unique_ptr<Member>> members;
  for (const std::vector<std::size_t>& channels_of_one : wanted) {
    members.push_back(std::make_unique<Member>(cluster.Gateway(0), "reader"));
    for (const std::size_t i : channels_of_one) {
      ASSERT_TRUE(members.back()->Join(channels[i]));
    }
  }

  cluster.StopRouters();
  Member sender(cluster.Gateway(0), "sender");
  std::array<std::vector<Position>, 2> stored;
  for (int number = 0; number < kMessages; ++number) {
    for (std::size_t i = 0; i < channels.size(); ++i) {
      stored[i].push_back(PublishAll(sender, channels[i], number, 1).front());
    }
  }
  DeleteBefore(stored[0][kTaken]);
  cluster.StartRouters();
  for (std::size_t i = 0; i < channels.size(); ++i) {
    stored[i].push_back(PublishAll(sender, channels[i], kMessages, 1).front());
  }

  for (std::size_t who = 0; who < members.size(); ++who) {
    for (const std::size_t i : wanted[who]) {
      const std::string last = channels[i] + "-" + std::to_string(kMessages);
      ASSERT_TRUE(members[who]->WaitUntil([&](const Member& member) {
        const std::vector<v1::Message> messages = MessagesOf(member, channels[i]);
        return !messages.empty() && messages.back().id() == last;
      }));
      ExpectLossAndTheRest(*members[who], channels[i], stored[i], stored[0][kTaken].offset);
    }
  }
}

}  // namespace
}  // namespace parley::test
