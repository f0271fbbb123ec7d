#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/gateway/feed/feed.h"
#include "tests/unit/gateway/feed/recorders.h"

namespace parley::gateway {

inline constexpr LinkId kA{1};
inline constexpr LinkId kB{2};
inline constexpr LogInfo kLog{1000, 1, 300'000};

struct TestRecord {
  Offset offset;
  std::string channel;
};

// One partition, so that every channel is in it; router A claims it.
class FeedTest : public testing::Test {
 protected:
  FeedTest() { feed.SetLogInfo(kLog); }

  LinkVerdict Link(LinkId link, const std::string& router, LogEpoch epoch = kLog.epoch,
                   Partition partitions = kLog.partitions) {
    internal::v1::RouterHello hello;
    hello.set_router_id(router);
    hello.set_version(kLinkVersion);
    hello.set_log_epoch(epoch);
    hello.set_partitions(partitions);
    return feed.OnLinkUp(link, hello, now);
  }
  void LinkAndClaim(LinkId link, const std::string& router) {
    ASSERT_EQ(Link(link, router), LinkVerdict::kAccepted);
    internal::v1::RouterFrame frame;
    frame.mutable_claim()->add_partitions(0);
    feed.OnFrame(link, frame, now);
  }
  void Deliver(LinkId link, std::uint64_t serve, Offset from, Offset through,
               std::initializer_list<TestRecord> records = {}) {
    internal::v1::RouterFrame frame;
    internal::v1::Deliver& deliver = *frame.mutable_deliver();
    deliver.set_serve(serve);
    deliver.set_from(from);
    deliver.set_through(through);
    for (const auto& [offset, channel] : records) {
      internal::v1::LinkRecord& record = *deliver.add_records();
      record.set_offset(offset);
      record.set_channel(channel);
    }
    feed.OnFrame(link, frame, now);
  }
  void Added(LinkId link, const std::string& channel, std::uint64_t add, Offset at) {
    internal::v1::RouterFrame frame;
    frame.mutable_added()->set_channel(channel);
    frame.mutable_added()->set_add(add);
    frame.mutable_added()->set_at(at);
    feed.OnFrame(link, frame, now);
  }
  void Lost(LinkId link, std::uint64_t serve, Offset from, Offset through) {
    internal::v1::RouterFrame frame;
    frame.mutable_lost()->set_serve(serve);
    frame.mutable_lost()->set_from(from);
    frame.mutable_lost()->set_through(through);
    feed.OnFrame(link, frame, now);
  }
  void Say(LinkId link) {
    internal::v1::RouterFrame frame;
    frame.mutable_pulse();
    feed.OnFrame(link, frame, now);
  }
  void Attach(RecordingHub& inbox, const std::string& channel, LogEpoch epoch = kLog.epoch) {
    feed.Attach(inbox, ChannelName(channel), epoch, now);
  }
  void Detach(RecordingHub& inbox, const std::string& channel, LogEpoch epoch = kLog.epoch) {
    feed.Detach(inbox, ChannelName(channel), epoch);
  }
  void ReadForward(RecordingHub& inbox, std::uint64_t request, const std::string& channel,
                   Offset after, LogEpoch epoch = kLog.epoch) {
    feed.ReadPage(
        inbox, request,
        {ChannelName(channel), PageRequest::Direction::kForward, after, 10, 1000, 0, epoch}, now);
  }
  // In steps of a tick, in which the given links speak.
  void Pass(std::chrono::milliseconds time, std::initializer_list<LinkId> speaking = {}) {
    for (std::chrono::milliseconds passed{0}; passed < time;
         passed += std::chrono::milliseconds(50)) {
      now += std::chrono::milliseconds(50);
      for (const LinkId link : speaking) Say(link);
      feed.Tick(now);
    }
  }
  // `hub` has "a" attached at 10, by serve 1 of router A.
  void AttachedAtTen() {
    LinkAndClaim(kA, "router-a");
    Attach(hub, "a");
    Deliver(kA, 1, 10, 10);
    ASSERT_THAT(hub.Take(), testing::ElementsAre("attached a at 10"));
    sink.sent.clear();
  }

  TimePoint now{std::chrono::hours(1)};
  RecordingSink sink;
  RecordingHub hub;
  RecordingHub other;
  Feed feed{FeedConfig{}, sink};
};

}  // namespace parley::gateway
