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

  enum class Made { kYes, kWasThere, kFailed };
  struct MakeAnswer {
    Made made = Made::kFailed;
    std::string reason;
  };
  [[nodiscard]] MakeAnswer Make(const TopicSpec& spec, Duration timeout);

  // The topic's effective settings; nothing when the brokers did not say.
  using Settings = std::map<std::string, std::string>;
  [[nodiscard]] std::optional<Settings> ReadSettings(const std::string& topic, Duration timeout);

 private:
  ClientCallbacks silent_;
  ClientPtr client_;
};

}  // namespace parley::kafka
