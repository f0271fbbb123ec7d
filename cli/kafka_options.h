#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/exit_code.h"
#include "services/common/kafka/client_config.h"

namespace parley::cli {

// Where Kafka is and how to log in, for commands that talk to it: read as every service reads it,
// from `flags` (`--kafka-brokers`, `--kafka-property`, `--config`, each followed by its value), the
// environment and the file. When that makes no sense it says so on stderr and returns the exit
// code.
[[nodiscard]] std::optional<ExitCode> ReadKafkaOptions(const std::vector<std::string>& flags,
                                                       kafka::ClientConfig& config);

}  // namespace parley::cli
