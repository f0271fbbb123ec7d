#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "services/common/kafka/client_config.h"
#include "services/gateway/link/link_config.h"
#include "services/gateway/session/session_config.h"

namespace parley::process {
class Options;
}

namespace parley::gateway {

// How a gateway goes (OPERATIONS.md): it says that it drains and still takes clients in; then it
// asks its sessions to move, a few at a time; then it closes the rest.
struct DrainConfig {
  std::chrono::milliseconds announce{5'000};
  std::chrono::milliseconds window{60'000};
  // What a session has for going by itself.
  std::chrono::milliseconds linger{5'000};
  std::chrono::milliseconds flush{10'000};
};

struct GatewayConfig {
  std::string id;  // Empty: the host's name and something random.
  std::string listen = "0.0.0.0:50051";
  std::string link_listen = "0.0.0.0:50052";
  std::string admin_listen = "0.0.0.0:9102";
  // What clients and routers are told; empty: the address that is listened on.
  std::string advertise_grpc;
  std::string advertise_link;
  std::vector<std::string> presence_addresses;
  int session_loops = 2;
  // That of the foreign services whose clients know none.
  std::string compat_channel = "general";

  // Lowered to what the limit of file descriptors leaves, since each may be a connection of its
  // own.
  int sessions_max = 100'000;
  std::size_t frame_bytes_max = std::size_t{64} * 1024;
  std::size_t memory_bytes_max = std::size_t{1} << 30;
  // Of all sessions together, shared out among the session loops.
  int publishes_in_flight_max = 20'000;
  std::chrono::milliseconds publish_deadline{5'000};
  std::chrono::milliseconds write_stall_max{60'000};

  SessionConfig session;
  DrainConfig drain;
  LinkConfig link;
  kafka::ClientConfig kafka;

  void Describe(process::Options& options);
  // Part of it.
  void DescribeCompat(process::Options& options);
};

}  // namespace parley::gateway
