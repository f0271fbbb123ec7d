#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/common/kafka/conf.h"
#include "services/common/kafka/metadata.h"
#include "services/common/kafka/topic_spec.h"

namespace parley::kafka {

// Makes and describes topics. Every call blocks until the brokers have answered or its time is
// over. One thread.
class Admin final {
 public:
  explicit Admin(const ClientConfig& config);

  [[nodiscard]] TopicMetadata Describe(const std::string& topic, Duration timeout);
  // For people, of an error that a description came with.
  [[nodiscard]] std::string WhyNoAnswer(rd_kafka_resp_err_t error);

  // The cluster's controller answers, which knows at once what is there; a description may come
  // from a broker that has yet to hear of it.
  enum class Made { kYes, kWasThere, kFailed };
  struct MakeAnswer {
    Made made = Made::kFailed;
    std::string reason;
  };
  [[nodiscard]] MakeAnswer Make(const TopicSpec& spec, Duration timeout);
  // What `Make` would answer; makes nothing.
  [[nodiscard]] MakeAnswer TryMake(const TopicSpec& spec, Duration timeout);

  // The topic's effective settings; nothing when the brokers did not say.
  using Settings = std::map<std::string, std::string>;
  [[nodiscard]] std::optional<Settings> ReadSettings(const std::string& topic, Duration timeout);

 private:
  MakeAnswer AskToMake(const TopicSpec& spec, Duration timeout, bool only_try);

  const ClientConfig config_;
  ClientCallbacks silent_;
  ClientPtr client_;
};

}  // namespace parley::kafka
