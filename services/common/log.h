#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace parley {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

// One named value of an event. Numbers stay numbers in JSON.
struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// Writes one line per event to stdout: JSON, or text when stdout is a terminal (in colours unless
// NO_COLOR is set). Thread-safe. Log at edges and state changes, not per message; never message
// bodies, never tokens.
class Logger {
 public:
  enum class Format { kAuto, kJson, kText };

  Logger(std::string service, LogLevel level, Format format);

  // The same sink under another name, for the services of a standalone process.
  Logger Named(std::string service) const;

  void Debug(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void Info(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void Warn(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void Error(std::string_view message, std::initializer_list<LogField> fields = {}) const;

 private:
  void Write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields) const;

  std::string service_;
  LogLevel level_;
  bool json_;
  bool colours_;
};

}  // namespace parley
