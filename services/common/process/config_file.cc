#include <algorithm>
#include <fstream>
#include <sstream>

#include "services/common/process/nearest.h"
#include "services/common/process/option_sources.h"
#include "services/common/process/option_value.h"

namespace parley::process {
namespace {

constexpr std::size_t kLinesMax = 10'000;

[[noreturn]] void Refuse(const std::string& place, const std::string& what) {
  throw OptionError(kExitBadConfiguration, place + ": " + what);
}

// What stands between the quotes; nothing when it is not well-formed.
std::optional<std::string> Unquote(std::string_view quoted) {
  std::string text;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    if (quoted[i] == '"') return std::nullopt;
    if (quoted[i] != '\\') {
      text += quoted[i];
      continue;
    }
    ++i;
    if (i + 1 == quoted.size()) return std::nullopt;  // It escapes the closing quote.
    if (quoted[i] == 'n') {
      text += '\n';
    } else if (quoted[i] == '"' || quoted[i] == '\\') {
      text += quoted[i];
    } else {
      return std::nullopt;
    }
  }
  return text;
}

std::string ReadValue(std::string_view text, const std::string& place) {
  if (!text.starts_with('"')) return std::string(text);
  const bool closed = text.size() >= 2 && text.ends_with('"');
  const std::optional<std::string> value = closed ? Unquote(text) : std::nullopt;
  if (!value)
    Refuse(place, R"(not a quoted value; it ends with a quote and may hold \n, \" and \\)");
  return *value;
}

Assignment ReadName(const OptionTable& table, const std::string& name, const std::string& place) {
  const Option* option = table.Find(name);
  if (option != nullptr && option->kind != Option::Kind::kMap) return {option, "", "", ""};
  const std::size_t dot = name.find('.');
  const Option* map = table.Find(name.substr(0, dot));
  if (map != nullptr && map->kind == Option::Kind::kMap) {
    if (dot == std::string::npos || dot + 1 == name.size()) {
      Refuse(place, name + ": needs a key, as in " + map->name + ".KEY = VALUE");
    }
    return {map, name.substr(dot + 1), "", ""};
  }
  std::vector<std::string> names;
  for (const Option& known : table.all()) names.push_back(known.name);
  Refuse(place, name + ": no such option; the nearest is " + Nearest(name, names));
}

// A list may stand on several lines; all else is there once, or one of the two lines would be
// silently without effect.
void Append(Assignment assignment, const std::string& place, Assignments& out) {
  const auto same = std::ranges::find_if(out, [&](const Assignment& earlier) {
    return earlier.option == assignment.option && earlier.key == assignment.key;
  });
  if (same == out.end()) {
    out.push_back(std::move(assignment));
  } else if (assignment.option->kind == Option::Kind::kList) {
    same->text += "," + assignment.text;
  } else {
    Refuse(place, assignment.option->name + ": set for the second time in this file");
  }
}

}  // namespace

Assignments ReadFile(const OptionTable& table, const std::string& path) {
  std::ifstream file(path);
  if (!file) Refuse(path, "cannot be read; --config names a file of lines `name = value`");
  Assignments assignments;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    const std::string place = path + ":" + std::to_string(number);
    if (number > kLinesMax) Refuse(place, "too long for a configuration");
    const std::string_view text = Trim(line);
    if (text.empty() || text.starts_with('#')) continue;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) Refuse(place, "not a line of the form `name = value`");
    const std::string name(Trim(text.substr(0, equals)));
    Assignment assignment = ReadName(table, name, place);
    assignment.text = ReadValue(Trim(text.substr(equals + 1)), place);
    assignment.source = place + ": " + name;
    Append(std::move(assignment), place, assignments);
  }
  if (file.bad()) Refuse(path, "cannot be read to its end");
  return assignments;
}

std::string QuotedForFile(const std::string& value) {
  const bool plain =
      Trim(value) == value && !value.starts_with('"') && value.find('\n') == std::string::npos;
  if (plain) return value;
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else {
      quoted += c;
    }
  }
  return quoted += '"';
}

}  // namespace parley::process
