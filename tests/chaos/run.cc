#include "tests/chaos/run.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/chaos/brokers.h"
#include "tests/chaos/crowd.h"
#include "tests/chaos/deployment.h"
#include "tests/chaos/explain.h"
#include "tests/chaos/link_proxies.h"
#include "tests/chaos/log_dump.h"
#include "tests/chaos/nemesis.h"
#include "tests/chaos/rolling.h"

namespace parley::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kTopic[] = "chatting";
constexpr seconds kLong{1200};  // From then on a run has time for all that can be measured.
constexpr seconds kSettleMost{60};
constexpr seconds kEndWithin{20};
constexpr seconds kInSyncWithin{60};
// How p99 must be after recovery: not over twice what it was, or this.
constexpr double kTimesBefore = 2;
constexpr double kLatencyFloor = 0.25;

struct Phases {
  seconds warm_up;
  milliseconds faults;
  seconds recovery;
  seconds quiet;
};

Phases PhasesOf(seconds duration) {
  constexpr seconds kStartAndJudge{15};
  // As long as routers keep what they read: before and after the faults they hold as much.
  constexpr seconds kTailsFull{310};
  const bool is_long = duration >= kLong;
  Phases phases{is_long ? kTailsFull : seconds(10),
                {},
                is_long ? kTailsFull : seconds(15),
                is_long ? seconds(30) : seconds(5)};
  phases.faults = duration - phases.warm_up - phases.recovery - phases.quiet - kStartAndJudge;
  constexpr milliseconds kFaultsLeast{5000};
  phases.faults = std::max(phases.faults, kFaultsLeast);
  return phases;
}

NemesisPlan PlanOf(const Options& options, milliseconds duration) {
  NemesisPlan plan;
  plan.duration = duration;
  plan.kinds = options.kinds;
  if (plan.kinds.empty()) {
    plan.kinds.assign(std::begin(kFaultKinds), std::end(kFaultKinds));
    std::erase(plan.kinds, FaultKind::kAllStop);  // It would leave little time for the others.
  }
  // Each kind nine times in a long run, and once in a short one. What waiting for heavy load takes
  // is left out.
  const bool is_long = options.duration >= kLong;
  const auto faults = static_cast<std::int64_t>((is_long ? 9 : 1) * plan.kinds.size() + 2);
  constexpr milliseconds kWaitForLoad{1250};
  constexpr milliseconds kLeast{1000};
  constexpr milliseconds kMost{9000};
  plan.interval = std::clamp(milliseconds(duration / faults) - kWaitForLoad, kLeast, kMost);
  plan.span_longest = is_long ? seconds(25) : seconds(8);
  return plan;
}

DeploymentConfig ConfigOf(const Options& options) {
  DeploymentConfig config;
  config.programs = options.programs;
  config.folder = options.folder;
  config.brokers = options.brokers;
  config.gateways = options.gateways;
  config.routers = options.routers;
  config.presences = options.presences;
  // A drain of production takes a minute.
  config.gateway_options = {"--drain-announce=500ms", "--drain-window=4s", "--drain-linger=2s"};
  config.gateway_options.insert(config.gateway_options.end(), options.gateway_options.begin(),
                                options.gateway_options.end());
  config.router_options = options.router_options;
  return config;
}

std::vector<int> LinkPorts(const Deployment& deployment) {
  std::vector<int> ports;
  for (std::size_t i = 0; i < deployment.count(ServiceKind::kGateway); ++i) {
    ports.push_back(deployment.LinkPort(i));
  }
  return ports;
}

double OwnCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds_of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

void Say(const std::string& what) {
  std::printf("%s\n", what.c_str());
  std::fflush(stdout);
}

// Everything of one run that is alive while it runs.
class Running final {
 public:
  explicit Running(const Options& options)
      : options_(options),
        phases_(PhasesOf(options.duration)),
        brokers_(options.brokers, options.kafka_control),
        deployment_(ConfigOf(options)),
        links_(LinkPorts(deployment_)) {
    for (std::size_t i = 0; i < options.gateways; ++i) {
      deployment_.AdvertiseLink(i, links_.Address(i));
    }
  }

  Result Go() {
    const std::int64_t begin_us = NowUs();
    Say("starting " + std::to_string(options_.gateways) + " gateways, " +
        std::to_string(options_.routers) + " routers, " + std::to_string(options_.presences) +
        " presence replicas; their logs are in " + options_.folder);
    deployment_.Start();
    Counters counters(deployment_);
    ClientSettings settings;
    settings.publish_period = options_.period;
    for (std::size_t i = 0; i < options_.gateways; ++i) {
      settings.gateways.push_back(deployment_.GatewayAddress(i));
    }
    Crowd crowd({.clients = options_.clients,
                 .library_clients = options_.library_clients,
                 .channels = options_.channels},
                settings, options_.seed);
    WarmUp(crowd);
    Break(crowd);
    Recover(crowd);
    Settle(crowd);
    crowd.End();
    result_.counters = counters.Totals();
    End();
    JudgeAll(crowd);
    result_.harness_cpu_seconds = OwnCpuSeconds();
    result_.took =
        std::chrono::duration_cast<seconds>(std::chrono::microseconds(NowUs() - begin_us));
    return std::move(result_);
  }

 private:
  void WarmUp(Crowd& crowd) {
    constexpr seconds kAllIn{60};
    // Somebody always has something unacked; that all are in once is enough.
    crowd.load().publishing = false;
    crowd.load().restless = false;
    const std::vector<std::string> unsettled = crowd.WaitUntilSettled(kAllIn);
    if (!unsettled.empty()) {
      throw std::runtime_error("clients cannot connect: " + unsettled.front());
    }
    crowd.load().publishing = true;
    crowd.load().restless = true;
    Say("all clients are in; warming up");
    constexpr seconds kFirst{3};  // Caches and connections fill.
    std::this_thread::sleep_for(kFirst);
    before_us_ = NowUs();
    std::this_thread::sleep_for(phases_.warm_up - kFirst);
    broken_us_ = NowUs();
    result_.usage_before = ReadUsage(deployment_);
  }

  void Break(Crowd& crowd) {
    if (options_.rolling) return RestartAll(crowd);
    Nemesis nemesis({deployment_, brokers_, links_, crowd.load()}, PlanOf(options_, phases_.faults),
                    options_.seed);
    nemesis.Run();
    result_.faults = nemesis.faults();
    AddViolations(nemesis.complaints());
  }

  // Clients sit still meanwhile, so that whoever is silent is so because of the restarts.
  void RestartAll(Crowd& crowd) {
    crowd.load().restless = false;
    Rolling rolling(deployment_);
    rolling.Run();
    result_.faults = rolling.faults();
    AddViolations(rolling.complaints());
  }

  void Recover(Crowd& crowd) {
    Say("everything is healed");
    if (!brokers_.WaitInSync(kTopic, kInSyncWithin)) AddViolations({"replicas are out of sync"});
    // Of this time the last third is judged: p99 is back within it.
    std::this_thread::sleep_for(phases_.recovery * 2 / 3);
    after_us_ = NowUs();
    std::this_thread::sleep_for(phases_.recovery / 3);
    crowd.load().restless = false;
    crowd.load().publishing = false;
    silent_us_ = NowUs();
  }

  void Settle(Crowd& crowd) {
    for (const std::string& state : crowd.WaitUntilSettled(kSettleMost)) {
      AddViolations({"stuck: " + state});
    }
    Say("quiet");
    std::this_thread::sleep_for(phases_.quiet);
    result_.usage_after = ReadUsage(deployment_);
    AddViolations(
        Growth(result_.usage_before, result_.usage_after, deployment_, options_.duration >= kLong));
  }

  void End() {
    AddViolations(deployment_.TerminateAll(kEndWithin));
    AddViolations(deployment_.Crashes());
  }

  void JudgeAll(const Crowd& crowd) {
    Say("judging");
    const std::vector<Crowd::Record> records = crowd.Records();
    const LogDump dump = DumpLog(options_.brokers);
    result_.records = dump.records;
    result_.repeated = dump.repeated;
    result_.verdict = Judge(records, dump);
    // What is sent last before a fault feels it.
    constexpr std::int64_t kMarginUs = 2'000'000;
    result_.before = LatencyBetween(records, before_us_, broken_us_ - kMarginUs);
    result_.after = LatencyBetween(records, after_us_, silent_us_);
    const double most = std::max(result_.before.p99 * kTimesBefore, kLatencyFloor);
    // A short run has no time for the measure to settle: there it is in the report alone.
    if (options_.duration >= kLong && result_.after.p99 > most) {
      AddViolations({"p99 of deliveries after recovery is " + std::to_string(result_.after.p99) +
                     " s, before the faults " + std::to_string(result_.before.p99) + " s"});
    }
    result_.silences = Silences(records, result_.faults);
    result_.resumes = ResumesAfterGatewayKill(records, result_.faults);
    if (options_.rolling) JudgeSilence(records);
    result_.explanations = Explain(result_.verdict.violations, records, dump, broken_us_);
    result_.violations.insert(result_.violations.begin(), result_.verdict.violations.begin(),
                              result_.verdict.violations.end());
  }

  void JudgeSilence(const std::vector<Crowd::Record>& records) {
    constexpr double kSilenceMax = 3;
    const ClientSilence longest = LongestSilenceOfAll(records, broken_us_, after_us_);
    Say("longest silence of a client: " + std::to_string(longest.seconds) + " s, " + longest.user);
    if (longest.seconds <= kSilenceMax) return;
    AddViolations({longest.user + " heard nothing for " + std::to_string(longest.seconds) + " s"});
  }

  void AddViolations(const std::vector<std::string>& lines) {
    result_.violations.insert(result_.violations.end(), lines.begin(), lines.end());
  }

  const Options& options_;
  const Phases phases_;
  Result result_;
  std::int64_t before_us_ = 0;  // Times of the phases' borders.
  std::int64_t broken_us_ = 0;
  std::int64_t after_us_ = 0;
  std::int64_t silent_us_ = 0;
  Brokers brokers_;
  Deployment deployment_;
  LinkProxies links_;
};

}  // namespace

Result Run(const Options& options) { return Running(options).Go(); }

}  // namespace parley::chaos
