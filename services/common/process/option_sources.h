#pragma once

#include <optional>
#include <string>

#include "services/common/process/option.h"

namespace parley::process {

// The three places that configuration comes from. Each reader throws OptionError for what it does
// not understand; what the values mean is judged later.

struct Flags {
  bool help = false;
  bool version = false;
  bool check_config = false;
  bool print_config = false;
  std::optional<std::string> config;  // The file.
  Assignments assignments;
};

[[nodiscard]] Flags ReadFlags(const OptionTable& table, int argc, const char* const* argv);

// `environment` ends with a null pointer, as `environ` does. A variable that is nobody's option is
// somebody else's, unless it looks like a mistyped one.
[[nodiscard]] Assignments ReadEnvironment(const OptionTable& table, const char* const* environment);

// Lines `name = value`; lines that begin with `#` are comments. A value in double quotes may hold
// `\n`, `\"` and `\\`.
[[nodiscard]] Assignments ReadFile(const OptionTable& table, const std::string& path);

// A value as `ReadFile` reads it: in quotes where it must be.
[[nodiscard]] std::string QuotedForFile(const std::string& value);

// Where to find the file when no flag names it.
inline constexpr const char* kConfigVariable = "PARLEY_CONFIG";

}  // namespace parley::process
