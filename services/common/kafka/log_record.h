#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/common/position.h"

namespace parley::kafka {

inline constexpr const char* kLogRecordKey = "log";

// The value of record `log` of `parley-meta`:
// {"epoch":…,"partitions":…,"dedupe_window_ms":…}
[[nodiscard]] std::string ToJson(const LogInfo& info);
// Nothing when it is not such a record or has values that make no sense.
[[nodiscard]] std::optional<LogInfo> ParseLogInfo(std::string_view json);

}  // namespace parley::kafka
