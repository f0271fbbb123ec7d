#include "tests/chaos/fault.h"

namespace parley::chaos {

std::string NameOf(FaultKind kind) {
  switch (kind) {
    case FaultKind::kGatewayKill:
      return "gateway kill -9";
    case FaultKind::kGatewayStop:
      return "gateway SIGSTOP";
    case FaultKind::kGatewayRestart:
      return "gateway SIGTERM and restart";
    case FaultKind::kRouterKill:
      return "router kill -9";
    case FaultKind::kRouterStop:
      return "router SIGSTOP";
    case FaultKind::kRouterRestart:
      return "router SIGTERM and restart";
    case FaultKind::kPresenceKill:
      return "presence kill -9";
    case FaultKind::kPresenceRestart:
      return "presence SIGTERM and restart";
    case FaultKind::kLeaderKill:
      return "broker leader kill -9";
    case FaultKind::kBrokerStop:
      return "broker SIGSTOP";
    case FaultKind::kTwoBrokersKill:
      return "two brokers kill -9";
    case FaultKind::kLinkCut:
      return "link cut";
    case FaultKind::kLinkBlock:
      return "link blocked";
    case FaultKind::kLinkDeaf:
      return "link deaf";
    case FaultKind::kAllStop:
      return "everything SIGSTOP";
  }
  return "";
}

std::string KeyOf(FaultKind kind) {
  switch (kind) {
    case FaultKind::kGatewayKill:
      return "gateway-kill";
    case FaultKind::kGatewayStop:
      return "gateway-stop";
    case FaultKind::kGatewayRestart:
      return "gateway-restart";
    case FaultKind::kRouterKill:
      return "router-kill";
    case FaultKind::kRouterStop:
      return "router-stop";
    case FaultKind::kRouterRestart:
      return "router-restart";
    case FaultKind::kPresenceKill:
      return "presence-kill";
    case FaultKind::kPresenceRestart:
      return "presence-restart";
    case FaultKind::kLeaderKill:
      return "leader-kill";
    case FaultKind::kBrokerStop:
      return "broker-stop";
    case FaultKind::kTwoBrokersKill:
      return "two-brokers-kill";
    case FaultKind::kLinkCut:
      return "link-cut";
    case FaultKind::kLinkBlock:
      return "link-block";
    case FaultKind::kLinkDeaf:
      return "link-deaf";
    case FaultKind::kAllStop:
      return "all-stop";
  }
  return "";
}

bool FaultKindOf(const std::string& key, FaultKind& kind) {
  for (const FaultKind one : kFaultKinds) {
    if (KeyOf(one) != key) continue;
    kind = one;
    return true;
  }
  return false;
}

}  // namespace parley::chaos
