#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "services/router/router_core.h"
#include "tests/fakes/router/fake_gateway.h"
#include "tests/fakes/router/fake_log_port.h"
#include "tests/fakes/router/fake_topic.h"

namespace parley::router {

// A router's core between a fake log and links to fake gateways.
class FakeRouter final : public LinkPort {
 public:
  FakeRouter(std::size_t index, const CoreConfig& config, const LogInfo& log, FakeTopic& topic,
             FakeGroup& group, std::int64_t look_back_ms, std::vector<FakeGateway>& gateways);

  RouterCore& core() { return *core_; }
  FakeLogPort& log() { return *log_port_; }

  // Kill -9 and start again. The links to it are broken by the caller.
  void Restart();
  void Connect(std::size_t gateway, TimePoint now);
  void Disconnect(std::size_t gateway, TimePoint now);

  // Takes one frame of the gateway, or tells the core that a write is done. False when there was
  // neither.
  bool StepLink(std::size_t gateway, TimePoint now);

  void Send(LinkId link, Frame frame) override;
  void Cut(LinkId link, const std::string& reason) override;

 private:
  FakeLink& LinkOf(std::size_t gateway) { return gateways_[gateway].link(index_); }

  const std::size_t index_;
  const CoreConfig config_;
  const LogInfo log_info_;
  FakeTopic& topic_;
  FakeGroup& group_;
  const std::int64_t look_back_ms_;
  std::vector<FakeGateway>& gateways_;
  std::map<LinkId, std::size_t> gateway_of_;
  LinkId last_link_ = 0;
  std::unique_ptr<FakeLogPort> log_port_;
  std::unique_ptr<RouterCore> core_;
};

// The bytes of a frame, as they go over the wire.
[[nodiscard]] internal::v1::RouterFrame Decode(const Frame& frame);

}  // namespace parley::router
