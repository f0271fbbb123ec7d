#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::process {

// One option, apart from the type of its value. `Options` makes them; the sources (flags,
// environment, file) and
// `--help` read them.
struct Option {
  enum class Kind { kValue, kFlag, kList, kMap };

  std::string name;         // `log-level`
  std::string section;      // Of `--help`.
  std::string help;         // A sentence.
  std::string placeholder;  // `SIZE`, for `--help`.
  std::string allowed;      // What values may be, for `--help` and errors: `1 to 100`.
  std::string initial;      // The default, as it would be written.
  Kind kind = Kind::kValue;
  bool secret = false;

  // Sets the variable; false when the text is not allowed. `key` is empty except for maps.
  std::function<bool(const std::string& key, const std::string& text)> set;
  // The names and present values: one, or of a map one for each key.
  std::function<std::vector<std::pair<std::string, std::string>>()> values;

  std::string variable() const;  // `PARLEY_LOG_LEVEL`
};

// What a source says about one option.
struct Assignment {
  const Option* option = nullptr;
  std::string key;     // Of a map.
  std::string text;    // The value.
  std::string source;  // Whom to name in an error: `--log-level`, `PARLEY_LOG_LEVEL`,
                       // `gateway.conf:3: log-level`.
};

using Assignments = std::vector<Assignment>;

// All that a program understands, by name.
class OptionTable {
 public:
  // Throws std::logic_error for a name that is taken or not made of `a-z`, `0-9` and `-`.
  const Option& Add(Option option);

  const std::vector<Option>& all() const { return options_; }
  const Option* Find(std::string_view name) const;

 private:
  std::vector<Option> options_;
};

// Whether a key of a map names something that must not be shown.
[[nodiscard]] bool IsSecretKey(std::string_view key);

inline constexpr int kExitBadConfiguration = 1;
inline constexpr int kExitBadUsage = 2;

// One line that says what is wrong with the configuration, and the exit code that goes with it.
class OptionError : public std::runtime_error {
 public:
  OptionError(int code, const std::string& line) : std::runtime_error(line), exit_code(code) {}

  const int exit_code;
};

}  // namespace parley::process
