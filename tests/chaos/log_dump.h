#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/oracle/client_log.h"

namespace parley::chaos {

// One record of a publish.
struct StoredCopy {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t time_ms = 0;  // Append time.
  bool marked = false;       // As a retry.
  bool held = false;         // On its way to the log: may be a copy as well as one that is marked.
  bool shown = false;
};

// What lies in the topic `chatting`, read with librdkafka and parsed with the generated classes,
// without any code that the services run but the form of a position.
struct LogDump {
  std::vector<oracle::StoredMessage> visible;  // Duplicates left out as DESIGN defines them.
  // By message id, in the order of the log.
  std::unordered_map<std::string, std::vector<StoredCopy>> copies;
  std::size_t records = 0;
  std::size_t repeated = 0;    // Left out.
  std::size_t unreadable = 0;  // Nobody should have written those.
};

// From the start to the end that it has now. Throws std::runtime_error when brokers do not answer.
[[nodiscard]] LogDump DumpLog(const std::string& brokers);

}  // namespace parley::chaos
