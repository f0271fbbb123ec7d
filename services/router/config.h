#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "services/common/kafka/client_config.h"
#include "services/common/text.h"
#include "services/router/core_config.h"
#include "services/router/log/history_reader.h"
#include "services/router/log/tail_reader.h"

namespace parley::process {
class Options;
}

namespace parley::router {

struct RouterConfig {
  std::string id;  // Empty: the host's name and something random.
  std::string admin_listen = "0.0.0.0:9102";
  std::vector<std::string> presence_addresses;
  std::size_t content_bytes_max = kContentBytesMaxDefault;  // The same on every gateway.
  // How long a router that stops goes on serving gateways that have not moved yet.
  std::chrono::milliseconds hand_over_timeout{3000};
  // What the group has for hearing that this router goes.
  std::chrono::milliseconds leave_timeout{2000};

  CoreConfig core;
  TailReaderConfig tail_reader;
  HistoryReaderConfig history_reader;
  kafka::ClientConfig kafka;

  void Describe(process::Options& options);
};

}  // namespace parley::router
