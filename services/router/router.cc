#include "services/router/router.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

#include <prometheus/registry.h>

#include "services/common/kafka/log_follower.h"
#include "services/common/process/admin_server.h"
#include "services/common/process/readiness.h"
#include "services/common/rpc/loop.h"
#include "services/router/engine.h"

namespace parley::router {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kReadinessInterval{50};
constexpr milliseconds kEffectsMax{500};
constexpr milliseconds kPoll{5};

std::string MakeId() {
  std::array<char, 256> host{};
  const bool known = gethostname(host.data(), host.size() - 1) == 0 && host[0] != '\0';
  constexpr unsigned kRange = 1'000'000;
  return std::string(known ? host.data() : "router") + "-" +
         std::to_string(std::random_device()() % kRange);
}

}  // namespace

struct Router::State {
  State(const RouterConfig& router_config, const Clock& system_clock, const Logger& parent_logger);

  void Start(const LogInfo& log);
  void StartEngine(const LogInfo& log);
  void SetNotReady(const std::string& reason);
  void StopEngine();
  void HandOver();
  // Whether it came to hold in time.
  bool Await(Duration timeout, bool (Engine::*condition)() const);
  void Stop();

  const RouterConfig config;
  const Clock& clock;
  const RouterId id;
  const Logger logger;
  const std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  bool stopped = false;

  process::Readiness readiness{"asking Kafka for the log"};

  rpc::Loop loop{"router"};
  std::unique_ptr<Engine> engine;  // On the loop.
  rpc::Loop::TimerId readiness_timer = 0;

  std::unique_ptr<process::AdminServer> admin;
  const Endpoints endpoints;
  // The last member: its thread makes the engine once the log is known, and another for each new
  // epoch.
  kafka::LogFollower log_follower;
};

Router::State::State(const RouterConfig& router_config, const Clock& system_clock,
                     const Logger& parent_logger)
    : config(router_config),
      clock(system_clock),
      id(config.id.empty() ? MakeId() : config.id),
      logger(parent_logger.Named(id.value())),
      admin(std::make_unique<process::AdminServer>(config.admin_listen, registry,
                                                   [this] { return readiness.missing(); })),
      endpoints{.id = id.value(), .grpc = "", .link = "", .admin = admin->address()},
      log_follower(
          config.kafka, logger, [this](const std::string& reason) { readiness.Set(reason); },
          [this](const LogInfo& log) { Start(log); }) {}

void Router::State::Start(const LogInfo& log) {
  logger.Info(engine == nullptr ? "the log is known" : "the log has a new epoch",
              {{"epoch", log.epoch}, {"partitions", std::int64_t{log.partitions}}});
  // All that a router knows is of one epoch, and can be read again.
  SetNotReady("beginning with a new epoch of the log");
  StopEngine();
  try {
    loop.Run([&] { StartEngine(log); });
  } catch (const std::runtime_error& error) {
    logger.Error("cannot start", {{"reason", error.what()}});
    readiness.Set(error.what());
  }
}

void Router::State::StartEngine(const LogInfo& log) {
  engine = std::make_unique<Engine>(config, log, id, clock, logger, *registry, loop,
                                    [this, epoch = log.epoch] { log_follower.Renew(epoch); });
  readiness_timer = loop.Every(kReadinessInterval, [this] { readiness.Set(engine->NotReady()); });
}

void Router::State::SetNotReady(const std::string& reason) {
  loop.Run([this] { loop.Cancel(std::exchange(readiness_timer, 0)); });
  readiness.Set(reason);
}

void Router::State::StopEngine() {
  if (engine == nullptr) return;
  loop.Run([this] { engine->Halt(); });
  engine->StopLog(config.leave_timeout);
  loop.Run([this] { engine.reset(); });
}

// Nobody waits for messages meanwhile: a gateway goes on with this router until the next one
// answers. The group is left after that, so that what this router owns is looked after until then.
void Router::State::HandOver() {
  loop.Run([this] { engine->Leave(); });
  if (Await(config.hand_over_timeout, &Engine::HandedOver)) {
    logger.Info("handed over");
  } else {
    logger.Warn("gateways have nobody to move to, or have not moved in time");
  }
  loop.Run([this] { engine->FinishEffects(); });
  Await(kEffectsMax, &Engine::EffectsFinished);
}

bool Router::State::Await(Duration timeout, bool (Engine::*condition)() const) {
  const TimePoint deadline = clock.Now() + timeout;
  for (;;) {
    bool holds = false;
    loop.Run([&] { holds = (*engine.*condition)(); });
    if (holds || clock.Now() >= deadline) return holds;
    std::this_thread::sleep_for(kPoll);
  }
}

void Router::State::Stop() {
  if (std::exchange(stopped, true)) return;
  log_follower.Stop();
  SetNotReady("stopping");
  if (engine != nullptr) {
    HandOver();
    StopEngine();
  }
  loop.Stop();
  admin.reset();
}

Router::Router(const RouterConfig& config, const Clock& clock, const Logger& logger)
    : state_(std::make_unique<State>(config, clock, logger)) {}

Router::~Router() { Stop(); }

const Endpoints& Router::endpoints() const { return state_->endpoints; }

std::string Router::NotReady() const { return state_->readiness.missing(); }

void Router::Stop() { state_->Stop(); }

}  // namespace parley::router
