#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "services/common/link_version.h"
#include "services/router/router_core.h"
#include "tests/fakes/router/fake_log_port.h"
#include "tests/fakes/router/fake_routers.h"
#include "tests/fakes/router/fake_topic.h"

namespace parley::router {

inline constexpr LogInfo kLog{.epoch = 7, .partitions = 1, .dedupe_window_ms = 5000};
inline constexpr std::int64_t kLookBackMs = 2000;
inline constexpr LinkId kLink = 1;

// One router with one partition and links whose frames the test reads.
class RouterCoreTest : public ::testing::Test, public LinkPort {
 protected:
  RouterCoreTest() {
    config_.dedupe = {.window_ms = 5000, .late_ms = 500, .records_max = 1000};
    config_.linger = std::chrono::milliseconds(1000);
  }

  void Begin() {
    core_ = std::make_unique<RouterCore>(config_, kLog, RouterId("router"), log_, *this);
  }

  void Connect(LinkId link = kLink) {
    core_->OnLinkUp(link, now_);
    internal::v1::GatewayFrame frame;
    frame.mutable_hello()->set_version(kLinkVersion);
    frame.mutable_hello()->set_log_epoch(kLog.epoch);
    frame.mutable_hello()->set_partitions(kLog.partitions);
    core_->OnLinkFrame(link, frame, now_);
    Drain();
  }

  // Lets the log answer, and links that are not held write, until nothing is left.
  void Drain() {
    bool busy = true;
    while (busy) {
      busy = log_.Step(*core_, random_, 5, NowMs(), now_);
      for (auto& [link, owed] : owed_) {
        if (!owed || held_ == link) continue;
        owed = false;
        core_->OnLinkWritten(link, now_);
        busy = true;
      }
    }
  }

  void Pass(int ms) {
    now_ += std::chrono::milliseconds(ms);
    core_->Tick(now_);
    Drain();
  }

  void Serve(std::vector<std::string> channels, std::optional<Offset> cursor,
             std::uint64_t number = 1, LinkId link = kLink) {
    internal::v1::GatewayFrame frame;
    frame.mutable_serve()->set_serve(number);
    if (cursor) frame.mutable_serve()->set_cursor(*cursor);
    for (const std::string& channel : channels) frame.mutable_serve()->add_channels(channel);
    core_->OnLinkFrame(link, frame, now_);
  }
  void Add(const std::string& channel, std::uint64_t serve, std::uint64_t add) {
    internal::v1::GatewayFrame frame;
    frame.mutable_add()->set_serve(serve);
    frame.mutable_add()->set_channel(channel);
    frame.mutable_add()->set_add(add);
    core_->OnLinkFrame(kLink, frame, now_);
  }
  void Stop(std::uint64_t serve) {
    internal::v1::GatewayFrame frame;
    frame.mutable_stop()->set_serve(serve);
    core_->OnLinkFrame(kLink, frame, now_);
  }
  void Read(const internal::v1::Read& read) {
    internal::v1::GatewayFrame frame;
    *frame.mutable_read() = read;
    core_->OnLinkFrame(kLink, frame, now_);
    Drain();
  }

  Offset Append(const std::string& channel, bool retry = false, std::string id = {}) {
    if (id.empty()) id = "id-" + std::to_string(topic_.Bounds(0).end);
    return topic_.AppendMessage(channel, id, retry, NowMs());
  }

  std::vector<internal::v1::RouterFrame> Take(LinkId link = kLink) {
    return std::exchange(frames_[link], {});
  }
  static std::vector<Offset> Delivered(const std::vector<internal::v1::RouterFrame>& frames) {
    std::vector<Offset> offsets;
    for (const internal::v1::RouterFrame& frame : frames) {
      for (const auto& record : frame.deliver().records()) offsets.push_back(record.offset());
    }
    return offsets;
  }
  static int Count(const std::vector<internal::v1::RouterFrame>& frames,
                   internal::v1::RouterFrame::FrameCase what) {
    int count = 0;
    for (const internal::v1::RouterFrame& frame : frames)
      count += frame.frame_case() == what ? 1 : 0;
    return count;
  }

  std::int64_t NowMs() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch()).count();
  }

  void Send(LinkId link, Frame frame) override {
    ASSERT_FALSE(owed_[link]) << "two writes in flight";
    owed_[link] = true;
    frames_[link].push_back(Decode(frame));
  }
  void Cut(LinkId, const std::string& reason) override { cut_ = reason; }

  CoreConfig config_;
  FakeTopic topic_{1};
  FakeGroup group_;
  FakeLogPort log_{topic_, group_, kLookBackMs};
  std::mt19937 random_{1};
  TimePoint now_ = TimePoint{} + std::chrono::hours(1);
  std::map<LinkId, bool> owed_;
  std::map<LinkId, std::vector<internal::v1::RouterFrame>> frames_;
  std::optional<LinkId> held_;
  std::string cut_;
  std::unique_ptr<RouterCore> core_;
};

}  // namespace parley::router
