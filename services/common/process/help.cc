#include "services/common/process/help.h"

#include <sstream>

#include "services/common/process/option_sources.h"

namespace parley::process {
namespace {

constexpr std::size_t kColumns = 80;

std::string Wrapped(const std::string& text, std::size_t indent) {
  std::istringstream words(text);
  std::string wrapped;
  std::string line(indent, ' ');
  for (std::string word; words >> word;) {
    const bool first = line.size() == indent;
    if (!first && line.size() + 1 + word.size() > kColumns) {
      wrapped += line + '\n';
      line.assign(indent, ' ');
    } else if (!first) {
      line += ' ';
    }
    line += word;
  }
  return wrapped + line + '\n';
}

std::string Usage(const Option& option) {
  const std::string flag = "  --" + option.name;
  if (option.kind == Option::Kind::kFlag) return "  --[no-]" + option.name;
  const bool repeats = option.kind == Option::Kind::kList || option.kind == Option::Kind::kMap;
  return flag + ' ' + option.placeholder + (repeats ? "..." : "");
}

// The sentences below the option's own: what is allowed, the default, the variable.
std::string Facts(const Option& option) {
  std::string facts;
  if (!option.allowed.empty() && option.kind != Option::Kind::kFlag)
    facts += "Allowed: " + option.allowed + ". ";
  if (!option.initial.empty() && !option.secret) facts += "Default: " + option.initial + ". ";
  facts += "[" + option.variable();
  if (option.kind == Option::Kind::kMap) facts += "_KEY";
  if (option.secret) facts += " or " + option.variable() + "_FILE";
  return facts + "]";
}

}  // namespace

std::string HelpText(const std::string& program, const std::string& purpose,
                     const OptionTable& table) {
  std::string help = Wrapped(program + ": " + purpose, 0);
  help += "\nUsage: " + program + " [options]\n\n";
  help += Wrapped(
      "Each option is also an environment variable, shown in brackets, and a line `name=value` "
      "of the file that --config names. Flags win over the environment, and that over the file.",
      0);
  std::string section;
  for (const Option& option : table.all()) {
    if (option.section != section) help += "\n" + option.section + ":\n";
    section = option.section;
    help += Usage(option) + '\n' + Wrapped(option.help, 6) + Wrapped(Facts(option), 6);
  }
  help += "\nGeneral:\n  --config FILE\n";
  help += Wrapped(std::string("Reads options from this file. [") + kConfigVariable + "]", 6);
  help +=
      "  --check-config    Says whether the configuration is valid, and exits.\n"
      "  --print-config    Prints the effective configuration, and exits.\n"
      "  --version         Prints the version, and exits.\n"
      "  -h, --help        Prints this, and exits.\n";
  return help;
}

}  // namespace parley::process
