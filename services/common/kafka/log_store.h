#pragma once

#include <optional>
#include <string>

#include "services/common/clock.h"
#include "services/common/kafka/client_config.h"
#include "services/common/position.h"

namespace parley::kafka {

// What `parley-meta` says of the log.
struct StoredLog {
  bool read = false;            // The topic could be read.
  std::optional<LogInfo> info;  // The record with the largest epoch, if there is one.
  std::string reason;           // Why nothing was found.
};
[[nodiscard]] StoredLog ReadStoredLog(const ClientConfig& client, Duration timeout);

// Appends the record. Returns what went wrong, or nothing.
[[nodiscard]] std::optional<std::string> WriteLogInfo(const ClientConfig& client,
                                                      const LogInfo& info, Duration timeout);

}  // namespace parley::kafka
