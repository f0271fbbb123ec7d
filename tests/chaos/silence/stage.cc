#include "tests/chaos/silence/stage.h"

#include <stdexcept>
#include <thread>

#include "tests/chaos/compact_log.h"

namespace parley::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kSettleMax{90'000};
constexpr milliseconds kCalm{2000};
constexpr milliseconds kLook{100};
constexpr milliseconds kFlow{300};

std::int64_t Us(milliseconds time) { return std::chrono::microseconds(time).count(); }

}  // namespace

Stage::Stage(const StageConfig& config)
    : config_(config),
      brokers_(config.deployment.brokers, config.kafka_control),
      deployment_(config.deployment) {
  deployment_.Start();
  partitions_ = brokers_.Partitions("chatting");
  for (std::size_t i = 0; i < config_.channels; ++i)
    channels_.push_back("silence-" + std::to_string(i));
  loop_.Run([this] {
    for (const std::string& channel : channels_) {
      talkers_.push_back(
          std::make_unique<Sender>(loop_, deployment_.GatewayAddress(0), channel, config_.period));
    }
    for (std::size_t i = 0; i < config_.deployment.gateways; ++i) {
      talkers_.push_back(std::make_unique<Receiver>(loop_, deployment_.GatewayAddress(i),
                                                    "receiver-at-" + deployment_.gateway(i).name(),
                                                    channels_, arrivals_));
    }
  });
  // Not the senders' own, where no trial would find them any more.
  std::vector<std::string> gateways;
  for (std::size_t i = 1; i < config_.deployment.gateways; ++i)
    gateways.push_back(deployment_.GatewayAddress(i));
  for (std::size_t i = 0; i < config_.travellers; ++i) {
    travellers_.push_back(std::make_unique<Traveller>(gateways, "traveller-" + std::to_string(i),
                                                      channels_[i % channels_.size()], arrivals_));
  }
  Settle();
}

Stage::~Stage() {
  loop_.Run([this] { talkers_.clear(); });
  loop_.Stop();
}

void Stage::Settle() {
  const auto deadline = steady_clock::now() + kSettleMax;
  auto calm_since = steady_clock::now();
  while (steady_clock::now() - calm_since < kCalm) {
    if (steady_clock::now() > deadline) throw std::runtime_error("it does not come to rest");
    std::this_thread::sleep_for(kLook);
    if (!Calm()) calm_since = steady_clock::now();
  }
}

bool Stage::Calm() {
  bool ready = true;
  deployment_.ForEach(
      [&](ServiceKind, ServiceProcess& process) { ready = ready && process.Ready(); });
  return ready && arrivals_.EverywhereSince(NowUs() - Us(kFlow)) &&
         deployment_.Metric(ServiceKind::kRouter, "parley_router_partitions_owned") ==
             partitions_ &&
         deployment_.Metric(ServiceKind::kRouter, "parley_router_partitions_adopted") == 0;
}

bool Stage::FlowsSince(std::int64_t since_us, milliseconds timeout) const {
  const auto deadline = steady_clock::now() + timeout;
  while (!arrivals_.EverywhereSince(since_us)) {
    if (steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

}  // namespace parley::chaos
