#include "services/common/process/options.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "services/common/process/help.h"
#include "services/common/process/option.h"
#include "services/common/process/option_sources.h"
#include "services/common/process/option_value.h"
#include "services/common/process/version.h"

namespace parley::process {
namespace {

using NamesAndValues = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kHidden = "*****";

std::string Shown(const std::string& value, bool secret) {
  return secret && !value.empty() ? kHidden : value;
}

// An option whose value is parsed by `parse`, kept within [least, most] and shown by `format`.
template <class Value, class Parse, class Format>
Option Ranged(std::string name, Value& value, Value least, Value most, std::string help,
              Parse parse, Format format) {
  Option option;
  option.values = [name, &value, format] { return NamesAndValues{{name, format(value)}}; };
  option.set = [&value, least, most, parse](const std::string&, const std::string& text) {
    const std::optional<Value> parsed = parse(text);
    if (!parsed || *parsed < least || *parsed > most) return false;
    value = *parsed;
    return true;
  };
  option.name = std::move(name);
  option.help = std::move(help);
  option.allowed = format(least) + " to " + format(most);
  return option;
}

Option Textual(std::string name, std::string& value, std::string help) {
  Option option;
  option.values = [name, &value] { return NamesAndValues{{name, value}}; };
  option.set = [&value](const std::string&, const std::string& text) {
    value = text;
    return true;
  };
  option.name = std::move(name);
  option.help = std::move(help);
  option.placeholder = "TEXT";
  return option;
}

void Assign(const Assignment& assignment, int exit_code) {
  const Option& option = *assignment.option;
  if (option.set(assignment.key, assignment.text)) return;
  throw OptionError(exit_code, assignment.source + ": '" + assignment.text +
                                   "' is not allowed; allowed: " + option.allowed);
}

std::optional<std::string> ConfigPath(const Flags& flags) {
  if (flags.config) return flags.config;
  const char* path = std::getenv(kConfigVariable);
  if (path == nullptr || *path == '\0') return std::nullopt;
  return path;
}

}  // namespace

struct Options::State {
  std::string program;
  std::string purpose;
  std::string section = "Options";
  OptionTable table;
  std::vector<std::function<std::optional<std::string>()>> checks;

  void Add(Option option) {
    option.section = section;
    if (option.kind != Option::Kind::kMap) {
      option.initial = option.values().front().second;
      // A default that could not be written down would make `--print-config` print a file that is
      // refused.
      if (!option.set("", option.initial)) {
        throw std::logic_error("option " + option.name + ": its default is not allowed");
      }
    }
    table.Add(std::move(option));
  }

  void AssignAll(const Flags& flags) {
    // What comes later wins.
    if (const std::optional<std::string> path = ConfigPath(flags)) {
      for (const Assignment& line : ReadFile(table, *path)) Assign(line, kExitBadConfiguration);
    }
    for (const Assignment& variable : ReadEnvironment(table, environ)) {
      Assign(variable, kExitBadConfiguration);
    }
    for (const Assignment& flag : flags.assignments) Assign(flag, kExitBadUsage);
    for (const auto& check : checks) {
      if (const std::optional<std::string> wrong = check()) {
        throw OptionError(kExitBadConfiguration, *wrong);
      }
    }
  }
};

Options::Options(std::string program, std::string purpose) : state_(std::make_unique<State>()) {
  state_->program = std::move(program);
  state_->purpose = std::move(purpose);
}

Options::~Options() = default;

void Options::Section(std::string title) { state_->section = std::move(title); }

void Options::Text(std::string name, std::string& value, std::string help) {
  state_->Add(Textual(std::move(name), value, std::move(help)));
}

void Options::Secret(std::string name, std::string& value, std::string help) {
  Option option = Textual(std::move(name), value, std::move(help));
  option.secret = true;
  state_->Add(std::move(option));
}

void Options::List(std::string name, std::vector<std::string>& value, std::string help) {
  Option option;
  option.kind = Option::Kind::kList;
  option.values = [name, &value] { return NamesAndValues{{name, FormatList(value)}}; };
  option.set = [&value](const std::string&, const std::string& text) {
    value = ParseList(text);
    return true;
  };
  option.name = std::move(name);
  option.help = std::move(help);
  option.placeholder = "TEXT,";
  state_->Add(std::move(option));
}

void Options::Flag(std::string name, bool& value, std::string help) {
  Option option;
  option.kind = Option::Kind::kFlag;
  option.values = [name, &value] { return NamesAndValues{{name, value ? "true" : "false"}}; };
  option.set = [&value](const std::string&, const std::string& text) {
    const std::optional<bool> parsed = ParseFlag(text);
    value = parsed.value_or(value);
    return parsed.has_value();
  };
  option.name = std::move(name);
  option.help = std::move(help);
  option.allowed = "true or false";
  state_->Add(std::move(option));
}

void Options::Number(std::string name, int& value, int least, int most, std::string help) {
  const auto format = [](int number) { return std::to_string(number); };
  Option option = Ranged(std::move(name), value, least, most, std::move(help), ParseNumber, format);
  option.placeholder = "N";
  state_->Add(std::move(option));
}

void Options::Count(std::string name, std::size_t& value, std::size_t least, std::size_t most,
                    std::string help) {
  const auto format = [](std::size_t count) { return std::to_string(count); };
  Option option = Ranged(std::move(name), value, least, most, std::move(help), ParseCount, format);
  option.placeholder = "N";
  state_->Add(std::move(option));
}

void Options::Size(std::string name, std::size_t& value, std::size_t least, std::size_t most,
                   std::string help) {
  Option option =
      Ranged(std::move(name), value, least, most, std::move(help), ParseSize, FormatSize);
  option.placeholder = "SIZE";
  state_->Add(std::move(option));
}

void Options::Time(std::string name, std::chrono::milliseconds& value,
                   std::chrono::milliseconds least, std::chrono::milliseconds most,
                   std::string help) {
  Option option =
      Ranged(std::move(name), value, least, most, std::move(help), ParseTime, FormatTime);
  option.placeholder = "TIME";
  state_->Add(std::move(option));
}

void Options::Choice(std::string name, std::string& value, std::vector<std::string> allowed,
                     std::string help) {
  Option option = Textual(std::move(name), value, std::move(help));
  option.placeholder = "CHOICE";
  for (const std::string& choice : allowed) {
    option.allowed += (option.allowed.empty() ? "" : ", ") + choice;
  }
  option.set = [&value, allowed = std::move(allowed)](const std::string&, const std::string& text) {
    const bool known = std::ranges::find(allowed, text) != allowed.end();
    if (known) value = text;
    return known;
  };
  state_->Add(std::move(option));
}

void Options::Map(std::string name, std::map<std::string, std::string>& value, std::string help) {
  Option option;
  option.kind = Option::Kind::kMap;
  option.values = [name, &value] {
    NamesAndValues values;
    for (const auto& [key, text] : value) {
      values.emplace_back(name + '.' + key, Shown(text, IsSecretKey(key)));
    }
    return values;
  };
  option.set = [&value](const std::string& key, const std::string& text) {
    value[key] = text;
    return true;
  };
  option.name = std::move(name);
  option.help = std::move(help);
  option.placeholder = "KEY=VALUE";
  state_->Add(std::move(option));
}

void Options::Check(std::function<std::optional<std::string>()> check) {
  state_->checks.push_back(std::move(check));
}

std::optional<int> Options::Parse(int argc, const char* const* argv) {
  const State& state = *state_;
  try {
    const Flags flags = ReadFlags(state.table, argc, argv);
    if (flags.help) {
      std::cout << HelpText(state.program, state.purpose, state.table) << std::flush;
      return 0;
    }
    if (flags.version) {
      std::cout << state.program << ' ' << Version() << std::endl;
      return 0;
    }
    state_->AssignAll(flags);
    if (flags.print_config) {
      std::cout << Effective() << std::flush;
      return 0;
    }
    if (flags.check_config) {
      std::cout << state.program << ": the configuration is valid" << std::endl;
      return 0;
    }
    return std::nullopt;
  } catch (const OptionError& error) {
    std::cerr << state.program << ": " << error.what() << std::endl;
    return error.exit_code;
  }
}

std::string Options::Effective() const {
  std::string effective;
  for (const Option& option : state_->table.all()) {
    for (const auto& [name, value] : option.values()) {
      effective += name + " = " + QuotedForFile(Shown(value, option.secret)) + '\n';
    }
  }
  return effective;
}

}  // namespace parley::process
