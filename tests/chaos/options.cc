#include "tests/chaos/options.h"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <sstream>

namespace parley::chaos {
namespace {

using Set = std::function<bool(const std::string&)>;

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    if (!part.empty()) parts.push_back(part);
  }
  return parts;
}

Set Text(std::string& value) {
  return [&value](const std::string& text) {
    value = text;
    return true;
  };
}

template <class Number>
Set Count(Number& value) {
  return [&value](const std::string& text) {
    char* end = nullptr;
    value = static_cast<Number>(std::strtoull(text.c_str(), &end, 10));
    return !text.empty() && *end == '\0';
  };
}

Set Words(std::vector<std::string>& values) {
  return [&values](const std::string& text) {
    values = Split(text, ' ');
    return !values.empty();
  };
}

bool SetKinds(const std::string& text, std::vector<FaultKind>& kinds) {
  for (const std::string& key : Split(text, ',')) {
    if (!FaultKindOf(key, kinds.emplace_back())) return false;
  }
  return true;
}

Set Time(std::chrono::seconds& value, int seconds_each) {
  return [&value, seconds_each](const std::string& text) {
    char* end = nullptr;
    value = std::chrono::seconds(
        static_cast<std::int64_t>(std::strtod(text.c_str(), &end) * seconds_each));
    return !text.empty() && *end == '\0' && value.count() > 0;
  };
}

std::map<std::string, Set> All(Options& options) {
  constexpr int kMinute = 60;
  return {{"--seed", Count(options.seed)},
          {"--seconds", Time(options.duration, 1)},
          {"--minutes", Time(options.duration, kMinute)},
          {"--report", Text(options.report)},
          {"--programs", Text(options.programs)},
          {"--folder", Text(options.folder)},
          {"--version-of-sources", Text(options.version)},
          {"--brokers", Text(options.brokers)},
          {"--kafka-control", Words(options.kafka_control)},
          {"--gateway-options", Words(options.gateway_options)},
          {"--router-options", Words(options.router_options)},
          {"--faults", [&](const std::string& text) { return SetKinds(text, options.kinds); }},
          {"--rolling", Count(options.rolling)},
          {"--period-ms",
           [&](const std::string& text) {
             options.period = std::chrono::milliseconds(std::strtol(text.c_str(), nullptr, 10));
             return options.period.count() > 0;
           }},
          {"--gateways", Count(options.gateways)},
          {"--routers", Count(options.routers)},
          {"--presences", Count(options.presences)},
          {"--clients", Count(options.clients)},
          {"--library-clients", Count(options.library_clients)},
          {"--channels", Count(options.channels)}};
}

// What `./dev chaos` finds out by itself is left out.
std::string Asked(const std::string& name, const std::string& value) {
  for (const char* own : {"--brokers", "--kafka-control", "--version-of-sources", "--report"}) {
    if (name == own) return "";
  }
  const bool is_word = value.find(' ') == std::string::npos;
  return " " + name + " " + (is_word ? value : "'" + value + "'");
}

}  // namespace

bool ParseOptions(int argc, char** argv, Options& options) {
  const std::map<std::string, Set> all = All(options);
  for (int i = 1; i < argc; i += 2) {
    const auto option = all.find(argv[i]);
    if (option != all.end() && i + 1 < argc && option->second(argv[i + 1])) {
      options.asked += Asked(argv[i], argv[i + 1]);
      continue;
    }
    std::fprintf(stderr, "parley_chaos: %s: not an option, or not a value of it. There are:\n",
                 argv[i]);
    for (const auto& [name, set] : all) std::fprintf(stderr, "  %s VALUE\n", name.c_str());
    std::fprintf(stderr, "--faults takes, separated by commas:");
    for (const FaultKind kind : kFaultKinds) std::fprintf(stderr, " %s", KeyOf(kind).c_str());
    std::fprintf(stderr, "\n");
    return false;
  }
  if (!options.brokers.empty() && !options.kafka_control.empty()) return true;
  std::fprintf(stderr, "parley_chaos: --brokers and --kafka-control are needed: see ./dev chaos\n");
  return false;
}

}  // namespace parley::chaos
