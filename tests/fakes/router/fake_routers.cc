#include "tests/fakes/router/fake_routers.h"

#include <stdexcept>
#include <utility>

namespace parley::router {

FakeRouter::FakeRouter(std::size_t index, const CoreConfig& config, const LogInfo& log,
                       FakeTopic& topic, FakeGroup& group, std::int64_t look_back_ms,
                       std::vector<FakeGateway>& gateways)
    : index_(index),
      config_(config),
      log_info_(log),
      topic_(topic),
      group_(group),
      look_back_ms_(look_back_ms),
      gateways_(gateways) {
  Restart();
}

void FakeRouter::Restart() {
  gateway_of_.clear();
  core_.reset();
  log_port_ = std::make_unique<FakeLogPort>(topic_, group_, look_back_ms_);
  core_ = std::make_unique<RouterCore>(
      config_, log_info_, RouterId("router-" + std::to_string(index_)), *log_port_, *this);
}

void FakeRouter::Connect(std::size_t gateway, TimePoint now) {
  gateways_[gateway].LinkUp(index_);
  gateway_of_[++last_link_] = gateway;
  core_->OnLinkUp(last_link_, now);
}

void FakeRouter::Disconnect(std::size_t gateway, TimePoint now) {
  for (auto entry = gateway_of_.begin(); entry != gateway_of_.end(); ++entry) {
    if (entry->second != gateway) continue;
    const LinkId link = entry->first;
    gateway_of_.erase(entry);
    gateways_[gateway].LinkDown(index_);
    core_->OnLinkDown(link, now);
    return;
  }
}

bool FakeRouter::StepLink(std::size_t gateway, TimePoint now) {
  FakeLink& link = LinkOf(gateway);
  if (!link.up) return false;
  for (const auto& [id, connected] : gateway_of_) {
    if (connected != gateway) continue;
    if (!link.to_router.empty()) {
      const internal::v1::GatewayFrame frame = std::move(link.to_router.front());
      link.to_router.pop_front();
      core_->OnLinkFrame(id, frame, now);
      return true;
    }
    if (link.written_owed && link.to_gateway.size() < link.window) {
      link.written_owed = false;
      core_->OnLinkWritten(id, now);
      return true;
    }
  }
  return false;
}

void FakeRouter::Send(LinkId link, Frame frame) {
  FakeLink& fake = LinkOf(gateway_of_.at(link));
  if (fake.written_owed) throw std::logic_error("two writes in flight");
  fake.written_owed = true;
  fake.to_gateway.push_back(Decode(frame));
}

void FakeRouter::Cut(LinkId, const std::string& reason) {
  throw std::logic_error("a link was cut: " + reason);
}

internal::v1::RouterFrame Decode(const Frame& frame) {
  std::string bytes = frame.head;
  for (const RecordRuns::Run& run : frame.records.runs()) bytes += run.deliver_bytes();
  internal::v1::RouterFrame decoded;
  if (!decoded.ParseFromString(bytes)) throw std::logic_error("not a frame");
  return decoded;
}

}  // namespace parley::router
