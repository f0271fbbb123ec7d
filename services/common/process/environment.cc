#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>

#include "services/common/process/nearest.h"
#include "services/common/process/option_sources.h"

namespace parley::process {
namespace {

constexpr std::string_view kPrefix = "PARLEY_";
constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::size_t kSecretBytesMax = 64 * 1024;

using Variables = std::map<std::string, std::string>;

Variables OursOf(const char* const* environment) {
  Variables variables;
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos || !entry.starts_with(kPrefix)) continue;
    variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return variables;
}

std::string ReadSecret(const std::string& variable, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string secret(kSecretBytesMax + 1, '\0');
  file.read(secret.data(), static_cast<std::streamsize>(secret.size()));
  if (!file.eof()) {
    throw OptionError(kExitBadConfiguration,
                      variable + ": " + path + " cannot be read, or is larger than 64KiB");
  }
  secret.resize(static_cast<std::size_t>(file.gcount()));
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();  // Editors add them.
  return secret;
}

// `PARLEY_KAFKA_PROPERTY_SASL_PASSWORD` is key `sasl.password` of `kafka-property`.
std::string KeyOfMap(std::string_view rest) {
  std::string key;
  for (const char c : rest) {
    key += c == '_' ? '.' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return key;
}

std::optional<Assignment> OfMap(const Option& option, const std::string& variable,
                                const std::string& value) {
  const std::string prefix = option.variable() + "_";
  if (!variable.starts_with(prefix) || variable.size() == prefix.size()) return std::nullopt;
  std::string_view rest = std::string_view(variable).substr(prefix.size());
  if (rest.ends_with(kFileSuffix)) {
    rest.remove_suffix(kFileSuffix.size());
    const std::string key = KeyOfMap(rest);
    if (IsSecretKey(key)) return Assignment{&option, key, ReadSecret(variable, value), variable};
    rest = std::string_view(variable).substr(prefix.size());
  }
  return Assignment{&option, KeyOfMap(rest), value, variable};
}

std::optional<Assignment> Understand(const OptionTable& table, const std::string& variable,
                                     const std::string& value) {
  for (const Option& option : table.all()) {
    if (option.kind == Option::Kind::kMap) {
      if (std::optional<Assignment> assignment = OfMap(option, variable, value)) return assignment;
    } else if (variable == option.variable()) {
      return Assignment{&option, "", value, variable};
    } else if (option.secret && variable == option.variable().append(kFileSuffix)) {
      return Assignment{&option, "", ReadSecret(variable, value), variable};
    }
  }
  return std::nullopt;
}

// Other programs may have variables that begin as ours do; only what is all but the name of an
// option is a mistake.
void RefuseIfMistyped(const OptionTable& table, const std::string& variable) {
  std::vector<std::string> names = {kConfigVariable};
  for (const Option& option : table.all()) {
    names.push_back(option.variable());
    if (option.secret) {
      names.push_back(option.variable().append(kFileSuffix));
    } else if (variable == option.variable().append(kFileSuffix)) {
      throw OptionError(kExitBadConfiguration,
                        variable + ": only secrets are read from files; set " + option.variable());
    }
  }
  const std::string nearest = Nearest(variable, names);
  const std::size_t letters = std::min(variable.size(), nearest.size()) - kPrefix.size();
  const std::size_t typos_max = letters >= 8 ? 2 : letters >= 4 ? 1 : 0;
  if (EditDistance(variable, nearest) <= typos_max) {
    throw OptionError(kExitBadConfiguration,
                      variable + ": no such variable; the nearest is " + nearest);
  }
}

}  // namespace

Assignments ReadEnvironment(const OptionTable& table, const char* const* environment) {
  const Variables variables = OursOf(environment);
  Assignments assignments;
  for (const auto& [variable, value] : variables) {
    if (variable == kConfigVariable) continue;
    if (variables.contains(variable + std::string(kFileSuffix)) &&
        Understand(table, variable + std::string(kFileSuffix), "/dev/null")) {
      throw OptionError(kExitBadConfiguration,
                        variable + ": set together with " + variable + "_FILE; unset one of them");
    }
    if (std::optional<Assignment> assignment = Understand(table, variable, value)) {
      assignments.push_back(std::move(*assignment));
    } else {
      RefuseIfMistyped(table, variable);
    }
  }
  return assignments;
}

}  // namespace parley::process
