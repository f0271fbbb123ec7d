#pragma once

#include <chrono>
#include <string>

#include "services/common/kafka/client_config.h"
#include "services/common/process/options.h"

namespace parley::presence {

struct PresenceConfig {
  std::string id = "presence";  // Names this replica in logs.
  std::string listen = "0.0.0.0:50061";
  std::string admin_listen = "0.0.0.0:9102";
  kafka::ClientConfig kafka;
  // A gateway that is silent for so long is dropped. Gateways are heard every 2 s.
  std::chrono::milliseconds server_timeout{10'000};
  std::chrono::milliseconds tick{100};  // Watchers are told what changed within one tick at once.
  int servers_max = 10'000;
  int sessions_max = 2'000'000;
  int members_shown_max = 1'000;  // Of larger channels watchers are told the count only.
  int watchers_max = 10'000;

  void Describe(process::Options& options);
};

}  // namespace parley::presence
