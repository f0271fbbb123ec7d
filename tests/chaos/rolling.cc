#include "tests/chaos/rolling.h"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <thread>

#include "tests/chaos/compact_log.h"

namespace parley::chaos {
namespace {

using std::chrono::seconds;

constexpr seconds kReadyWithin{60};
constexpr seconds kEndWithin{90};
constexpr seconds kPause{5};

}  // namespace

void Rolling::Run() {
  RestartAll(ServiceKind::kGateway, FaultKind::kGatewayRestart);
  RestartAll(ServiceKind::kRouter, FaultKind::kRouterRestart);
  RestartAll(ServiceKind::kPresence, FaultKind::kPresenceRestart);
}

void Rolling::RestartAll(ServiceKind service, FaultKind kind) {
  for (std::size_t i = 0; i < deployment_.count(service); ++i) {
    ServiceProcess& process = deployment_.process(service, i);
    std::printf("restarting %s\n", process.name().c_str());
    std::fflush(stdout);
    Fault fault{.kind = kind, .target = process.name(), .begin_us = NowUs()};
    if (service == ServiceKind::kGateway) fault.gateway = static_cast<int>(i);
    const std::optional<int> code = process.Terminate(kEndWithin);
    if (code != 0) complaints_.push_back(process.name() + " did not end well after SIGTERM");
    process.Start();
    if (!process.WaitReady(kReadyWithin)) complaints_.push_back(process.name() + " is not ready");
    fault.end_us = NowUs();
    faults_.push_back(fault);
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace parley::chaos
