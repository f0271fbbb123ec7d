#include "cli/commands/probe.h"

#include <poll.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include <prometheus/registry.h>

#include "cli/chat/signals.h"
#include "cli/connection.h"
#include "cli/output/sanitize.h"
#include "cli/probe/addresses.h"
#include "cli/probe/probe_metrics.h"
#include "cli/probe/route.h"
#include "services/common/process/admin_server.h"

namespace parley::cli {
namespace {

// Then other gateways, and another channel, have their turn.
constexpr std::uint64_t kMessagesOfRoute = 10;
// Channels lie in different partitions, and so with different routers and brokers.
constexpr std::uint64_t kChannels = 1000;

std::string Milliseconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) +
         " ms";
}

class Prober final {
 public:
  Prober(const ProbeOptions& options, const Console& console)
      : options_(options), console_(console), metrics_(*registry_) {
    if (options.listen.empty()) return;
    admin_ = std::make_unique<process::AdminServer>(options.listen, registry_,
                                                    [] { return std::string(); });
    console.Note("metrics are at http://" + admin_->address() + "/metrics");
  }

  ExitCode Run() {
    const TimePoint start = clock_.Now();
    for (std::uint64_t sent = 0; options_.count == 0 || sent < options_.count; ++sent) {
      if (SleepUntil(start + options_.interval * static_cast<std::int64_t>(sent))) break;
      const ProbeResult result = Probe();
      metrics_.Count(result);
      Tell(result);
    }
    if (options_.count == 0) return ExitCode::kOk;
    console_.Line(std::to_string(delivered_) + " of " + std::to_string(options_.count) +
                  " messages arrived");
    return delivered_ == options_.count ? ExitCode::kOk : ExitCode::kFailed;
  }

 private:
  // True when it is to end.
  bool SleepUntil(TimePoint then) {
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(then - clock_.Now()).count();
      pollfd ready = {signals_.descriptor(), POLLIN, 0};
      if (poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) == 0) return false;
      const int signal = signals_.Take();
      if (signal != 0 && signal != SIGWINCH) return true;
    }
  }

  ProbeResult Probe() {
    if (route_ == nullptr) OpenRoute();
    if (route_ == nullptr) return {.outcome = ProbeOutcome::kUnreachable, .why = trouble_};
    ProbeResult result = route_->Send();
    route_name_ = route_->Name();
    if (++of_route_ == kMessagesOfRoute || result.outcome != ProbeOutcome::kDelivered) {
      route_.reset();
    }
    return result;
  }

  void OpenRoute() {
    of_route_ = 0;
    route_name_.clear();
    const std::vector<std::string> addresses = AddressesOf(options_.servers);
    metrics_.SetGateways(addresses.size());
    trouble_ = "no server's name can be resolved";
    if (addresses.empty()) return;
    const ChannelName channel("parley-probe-" + std::to_string(chance_() % kChannels));
    const client::Options options = ClientOptions({.user = "parley-probe"});
    auto route =
        std::make_unique<Route>(options, Divide(addresses, chance_), channel, options_.timeout);
    if (!route->trouble()) {
      route_ = std::move(route);
    } else {
      trouble_ = *route->trouble();
    }
  }

  void Tell(const ProbeResult& result) {
    if (result.outcome != ProbeOutcome::kDelivered) {
      console_.Complain(
          ForTerminal(result.why + (route_name_.empty() ? "" : " (" + route_name_ + ")")));
      return;
    }
    ++delivered_;
    // A probe without end has its metrics; a line for each message would fill somebody's logs.
    if (options_.count == 0) return;
    const std::string acked = result.acked ? ", acked after " + Milliseconds(*result.acked) : "";
    console_.Line(ForTerminal(route_name_) + "  received after " + Milliseconds(*result.delivered) +
                  acked);
  }

  const ProbeOptions& options_;
  const Console& console_;
  const SystemClock clock_;
  const Signals signals_;  // Before there are threads.
  const std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
  ProbeMetrics metrics_;
  std::mt19937_64 chance_{std::random_device()()};
  std::uint64_t delivered_ = 0;
  std::uint64_t of_route_ = 0;
  std::string trouble_;
  std::string route_name_;
  std::unique_ptr<Route> route_;
  std::unique_ptr<process::AdminServer> admin_;  // Runs a thread.
};

}  // namespace

ExitCode RunProbe(const ProbeOptions& options, const Console& console) {
  return Prober(options, console).Run();
}

}  // namespace parley::cli
