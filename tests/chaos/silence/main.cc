#include <csignal>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <set>
#include <stdexcept>

#include "services/common/process/options.h"
#include "tests/chaos/compact_log.h"
#include "tests/chaos/silence/findings.h"

namespace parley::chaos {
namespace {

struct Settings {
  StageConfig stage;
  std::vector<std::string> kinds;
  std::size_t trials = 10;
  std::string report;
  std::string kafka_dir;
  bool check = false;
};

void Describe(Settings& settings, process::Options& options) {
  StageConfig& stage = settings.stage;
  options.Text("brokers", stage.deployment.brokers, "Three real brokers, with the topics made.");
  options.Text("kafka-dir", settings.kafka_dir, "The folder of that cluster (tests/kafka).");
  options.Text("programs", stage.deployment.programs,
               "Where Parley's programs are; by default this build's.");
  options.Text("folder", stage.deployment.folder, "For the logs of what runs.");
  options.Count("gateways", stage.deployment.gateways, 3, 10, "Gateways.");
  options.Count("routers", stage.deployment.routers, 2, 10, "Routers.");
  options.Count("presences", stage.deployment.presences, 1, 10, "Presence replicas.");
  options.Count("channels", stage.channels, 1, 100, "Channels, each with a sender.");
  options.Count("travellers", stage.travellers, 0, 100, "Users of the client library.");
  options.Count("trials", settings.trials, 1, 1000, "How often each kind is tried.");
  options.List("kinds", settings.kinds, "Kinds of faults; by default all.");
  options.Text("report", settings.report, "A file for the table.");
  options.Flag("check", settings.check, "Fails when a number is not as it must be.");
}

void Measure(const Settings& settings, const HurtSpec& spec, Stage& stage, Findings& findings) {
  const std::set<std::string> wanted(settings.kinds.begin(), settings.kinds.end());
  if (!wanted.empty() && !wanted.contains(spec.key)) return;
  for (std::size_t done = 0, tried = 0; done < settings.trials; ++tried) {
    if (tried > 3 * settings.trials)
      throw std::runtime_error(std::string(spec.key) + ": there is nothing to hurt");
    const std::int64_t begin_us = NowUs();
    const std::optional<Arrivals::Silence> silence = Try(spec.hurt, tried, stage);
    if (!silence) {
      stage.Settle();
      continue;
    }
    ++done;
    constexpr double kUsPerSecond = 1e6;
    const double seconds = static_cast<double>(silence->length_us) / kUsPerSecond;
    findings.Add(spec.hurt, seconds);
    std::cout << std::fixed << std::setprecision(3) << spec.key << " " << done << ": " << seconds
              << " s at " << silence->receiver << " in " << silence->channel << ", from "
              << static_cast<double>(silence->begin_us - begin_us) / kUsPerSecond << " s on"
              << std::endl;
  }
}

int Run(const Settings& settings) {
  Findings findings;
  Stage stage(settings.stage);
  for (const HurtSpec& spec : AllHurts()) Measure(settings, spec, stage, findings);
  std::cout << "\n" << findings.Table();
  if (!settings.report.empty()) std::ofstream(settings.report) << findings.Table();
  bool good = true;
  for (const std::string& crash : stage.deployment().Crashes()) {
    std::cout << "CRASH " << crash << "\n";
    good = false;
  }
  for (const std::string& complaint : findings.Complaints()) {
    std::cout << "NOT AS ASKED " << complaint << "\n";
    if (settings.check) good = false;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace parley::chaos

int main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  parley::chaos::Settings settings;
  settings.stage.deployment.folder = "silence-logs";
  parley::process::Options options(
      "parley_silence", "Measures how long receivers hear nothing when something breaks.");
  parley::chaos::Describe(settings, options);
  if (const std::optional<int> exit_code = options.Parse(argc, argv)) return *exit_code;
  settings.stage.kafka_control = {"python3", "tests/kafka/kafka.py", "--dir", settings.kafka_dir};
  try {
    return parley::chaos::Run(settings);
  } catch (const std::exception& error) {
    std::cerr << "parley_silence: " << error.what() << "\n";
    return 1;
  }
}
