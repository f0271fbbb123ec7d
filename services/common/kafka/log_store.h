#pragma once

#include <optional>
#include <string>

#include "services/common/clock.h"
#include "services/common/kafka/client_config.h"
#include "services/common/kafka/conf.h"
#include "services/common/kafka/handle.h"
#include "services/common/kafka/metadata.h"
#include "services/common/kafka/timeouts.h"
#include "services/common/position.h"

namespace parley::kafka {

// What `parley-meta` says of the log.
struct StoredLog {
  bool read = false;            // The topic could be read.
  std::optional<LogInfo> info;  // The record with the largest epoch, if there is one.
  std::string reason;           // Why nothing was found.
  Offset end = 0;               // Of the topic, when it was read.
};

// Record `log` of `parley-meta`, and whether `chatting` agrees with it. Keeps its connections
// between questions, which block until the brokers have answered or their time is over. One thread.
class LogStore final {
 public:
  // Throws std::runtime_error only for a bad configuration.
  explicit LogStore(const ClientConfig& client);

  [[nodiscard]] StoredLog Read(Duration timeout);
  // The record, if `chatting` has the partitions that it tells of.
  [[nodiscard]] StoredLog ReadAgreed(Duration timeout);
  // Where the topic ends: as long as that stays, nothing was written. Nothing when there is no
  // answer.
  [[nodiscard]] std::optional<Offset> AskEnd(Duration timeout);

  // `chatting` is not the log that `old` tells of any more: writes the epoch behind it with the
  // partitions that the topic has now, unless a larger epoch is there. Whoever notices it writes
  // the same record. Returns what went wrong, or nothing.
  [[nodiscard]] std::optional<std::string> Renew(const LogInfo& old, Duration timeout);

 private:
  // What is wrong with the topic, or nothing.
  std::optional<std::string> Describe(const TopicPtr& topic, TopicMetadata& found,
                                      Duration timeout) const;
  StoredLog ReadAll(const Deadline& deadline) const;

  const ClientConfig config_;
  ClientCallbacks silent_;
  // Each after what it needs.
  ClientPtr client_;
  TopicPtr meta_;
  TopicPtr chatting_;
};

// Appends the record. Returns what went wrong, or nothing.
[[nodiscard]] std::optional<std::string> WriteLogInfo(const ClientConfig& client,
                                                      const LogInfo& info, Duration timeout);

}  // namespace parley::kafka
