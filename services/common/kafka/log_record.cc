#include "services/common/kafka/log_record.h"

#include <cstdint>
#include <nlohmann/json.hpp>

namespace parley::kafka {
namespace {

// A positive whole number, or 0.
std::int64_t PositiveOr0(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return 0;
  const auto value = found->get<std::int64_t>();
  return value > 0 ? value : 0;
}

}  // namespace

std::string ToJson(const LogInfo& info) {
  return nlohmann::json{{"epoch", info.epoch},
                        {"partitions", info.partitions},
                        {"dedupe_window_ms", info.dedupe_window_ms}}
      .dump();
}

std::optional<LogInfo> ParseLogInfo(std::string_view json) {
  const nlohmann::json object = nlohmann::json::parse(json, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  const std::int64_t partitions = PositiveOr0(object, "partitions");
  const LogInfo info{PositiveOr0(object, "epoch"), static_cast<Partition>(partitions),
                     PositiveOr0(object, "dedupe_window_ms")};
  if (info.epoch == 0 || partitions == 0 || partitions > INT32_MAX || info.dedupe_window_ms == 0) {
    return std::nullopt;
  }
  return info;
}

}  // namespace parley::kafka
