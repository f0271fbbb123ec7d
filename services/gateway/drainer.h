#pragma once

#include <chrono>
#include <cstddef>

#include "services/gateway/config.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/grpc/admission.h"
#include "services/gateway/grpc/chat_service.h"

namespace parley::gateway {

// How many sessions a second are asked to move, so that they are through within the window: the
// herd is spread, and neither a handful nor a crowd takes long.
[[nodiscard]] double DrainRate(std::size_t sessions, std::chrono::milliseconds window);

// Empties a gateway: asks its sessions to move, at the drain rate and in no order, and closes what
// is left at the end of the window and linger; returns how many that were. Blocks until that is
// done; off the session loops.
[[nodiscard]] std::size_t DrainSessions(const DrainConfig& config, const SessionLoops& loops,
                                        const Admission& admission, SessionMetrics& metrics,
                                        const Clock& clock);

}  // namespace parley::gateway
