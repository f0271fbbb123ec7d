#include "cli/kafka_options.h"

#include "services/common/process/options.h"

namespace parley::cli {

std::optional<ExitCode> ReadKafkaOptions(const std::vector<std::string>& flags,
                                         kafka::ClientConfig& config) {
  process::Options options("parley", "Talks to Kafka.");
  config.Describe(options);
  std::vector<const char*> argv = {"parley"};
  for (const std::string& flag : flags) argv.push_back(flag.c_str());
  const std::optional<int> refused = options.Parse(static_cast<int>(argv.size()), argv.data());
  if (!refused) return std::nullopt;
  return static_cast<ExitCode>(*refused);
}

}  // namespace parley::cli
