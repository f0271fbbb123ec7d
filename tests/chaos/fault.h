#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace parley::chaos {

enum class FaultKind {
  kGatewayKill,
  kGatewayStop,
  kGatewayRestart,
  kRouterKill,
  kRouterStop,
  kRouterRestart,
  kPresenceKill,
  kPresenceRestart,
  kLeaderKill,
  kBrokerStop,
  kTwoBrokersKill,
  kLinkCut,
  kLinkBlock,
  kLinkDeaf,
  kAllStop,
};

inline constexpr FaultKind kFaultKinds[] = {
    FaultKind::kGatewayKill,  FaultKind::kGatewayStop,     FaultKind::kGatewayRestart,
    FaultKind::kRouterKill,   FaultKind::kRouterStop,      FaultKind::kRouterRestart,
    FaultKind::kPresenceKill, FaultKind::kPresenceRestart, FaultKind::kLeaderKill,
    FaultKind::kBrokerStop,   FaultKind::kTwoBrokersKill,  FaultKind::kLinkCut,
    FaultKind::kLinkBlock,    FaultKind::kLinkDeaf,        FaultKind::kAllStop};

// `gateway kill -9`
std::string NameOf(FaultKind kind);
// `gateway-kill`, for the command line; nothing of that name: false.
std::string KeyOf(FaultKind kind);
[[nodiscard]] bool FaultKindOf(const std::string& key, FaultKind& kind);

// One thing that was done to the deployment. Times are those of the steady clock.
struct Fault {
  FaultKind kind = FaultKind::kGatewayKill;
  std::string target{};
  int gateway = -1;  // Whose own clients felt it; -1: those of none in particular.
  std::int64_t begin_us = 0;
  std::int64_t end_us = 0;  // All works again.
  bool heavy = false;       // Within 5 s of heavy load.
};

}  // namespace parley::chaos
