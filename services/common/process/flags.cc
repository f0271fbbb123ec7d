// CLI11 takes seconds to compile, so it stays in this file.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "services/common/process/nearest.h"
#include "services/common/process/option_sources.h"
#include "services/common/process/option_value.h"

namespace parley::process {
namespace {

[[noreturn]] void RefuseUnknown(const OptionTable& table, const std::string& argument) {
  if (!argument.starts_with('-')) {
    throw OptionError(kExitBadUsage,
                      "'" + argument + "': not expected here; values follow their option");
  }
  std::vector<std::string> names = {"--help", "--version", "--config", "--check-config",
                                    "--print-config"};
  for (const Option& option : table.all()) {
    names.push_back("--" + option.name);
    if (option.kind == Option::Kind::kFlag) names.push_back("--no-" + option.name);
  }
  const std::string flag = argument.substr(0, argument.find('='));
  throw OptionError(kExitBadUsage,
                    flag + ": no such option; the nearest is " + Nearest(flag, names));
}

CLI::Option* Declare(CLI::App& app, const Option& option) {
  const std::string flag = "--" + option.name;
  if (option.kind == Option::Kind::kFlag) return app.add_flag(flag + ",!--no-" + option.name);
  // Repeated options keep all values here; which of them count is decided when they are assigned.
  return app.add_option(flag)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name(option.placeholder);
}

void AppendAssignments(const Option& option, std::vector<std::string> values, Assignments& out) {
  const std::string source = "--" + option.name;
  if (option.kind == Option::Kind::kList) values = {FormatList(values)};
  for (std::string& value : values) {
    if (option.kind != Option::Kind::kMap) {
      out.push_back({&option, "", std::move(value), source});
      continue;
    }
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0) {
      const std::string shown = IsSecretKey(value) ? "it" : "'" + value + "'";
      throw OptionError(kExitBadUsage, source + ": " + shown + " is not of the form KEY=VALUE");
    }
    out.push_back({&option, value.substr(0, equals), value.substr(equals + 1), source});
  }
}

}  // namespace

Flags ReadFlags(const OptionTable& table, int argc, const char* const* argv) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  Flags flags;
  app.add_flag("-h,--help", flags.help);
  app.add_flag("--version", flags.version);
  app.add_flag("--check-config", flags.check_config);
  app.add_flag("--print-config", flags.print_config);
  app.add_option("--config", flags.config);
  std::vector<std::pair<const Option*, CLI::Option*>> declared;
  for (const Option& option : table.all()) declared.emplace_back(&option, Declare(app, option));

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    throw OptionError(kExitBadUsage, error.what());
  }
  if (flags.help || flags.version) return flags;
  for (const std::string& unknown : app.remaining()) {
    if (unknown != "--") RefuseUnknown(table, unknown);
  }
  for (const auto& [option, parsed] : declared) {
    if (parsed->count() > 0) AppendAssignments(*option, parsed->results(), flags.assignments);
  }
  return flags;
}

}  // namespace parley::process
