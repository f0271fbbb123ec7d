#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

#include "services/common/log.h"

namespace parley {

// One event as `Logger` writes it, apart from how it is written. Strings of any bytes are welcome:
// what is not UTF-8 comes out as U+FFFD, control characters are escaped, so an event is always
// exactly one line.
struct LogEvent {
  std::chrono::system_clock::time_point time;
  LogLevel level = LogLevel::kInfo;
  std::string_view service;
  std::string_view message;
  std::initializer_list<LogField> fields;
};

// `{"time":"2024-05-01T10:00:00.123Z","level":"info","service":"gateway","msg":"…","name":value}`
// and a newline.
[[nodiscard]] std::string JsonLine(const LogEvent& event);

// `10:00:00.123 INFO  gateway  message  name=value` and a newline, for people.
[[nodiscard]] std::string TextLine(const LogEvent& event, bool colours);

}  // namespace parley
