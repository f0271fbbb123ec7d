#include "services/presence/presence.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <prometheus/registry.h>

#include "parley/internal/v1/registry.pb.h"
#include "services/common/process/admin_server.h"
#include "services/common/process/readiness.h"
#include "services/common/rpc/server.h"
#include "services/presence/api/registry_api.h"
#include "services/presence/api/roster_api.h"
#include "services/presence/directory.h"
#include "services/presence/log/log_reader.h"
#include "services/presence/presence_metrics.h"
#include "services/presence/registry/tcp_probe.h"
#include "services/presence/snapshots/gateway_snapshots.h"

namespace parley::presence {
namespace {

constexpr std::size_t kRequestBytesMax = std::size_t{4} << 20;
constexpr Duration kStopGrace =
    std::chrono::milliseconds(200);  // Watches have no end of their own.

rpc::ServerOptions OptionsOf(const PresenceConfig& config,
                             std::shared_ptr<prometheus::Registry> registry) {
  rpc::ServerOptions options;
  options.address = config.listen;
  options.name = "presence";
  options.message_bytes_max = kRequestBytesMax;
  options.registry = std::move(registry);
  return options;
}

// The embedded broker cannot look by time. What it holds is short.
bool ReadsAll(const PresenceConfig& config) { return config.kafka.embedded; }

DirectoryConfig DirectoryOf(const PresenceConfig& config) {
  const auto watchers_max = static_cast<std::size_t>(config.watchers_max);
  DirectoryConfig directory;
  directory.registry.servers_max = static_cast<std::size_t>(config.servers_max);
  directory.registry.sessions_max = static_cast<std::size_t>(config.sessions_max);
  directory.eviction.server_timeout = config.server_timeout;
  directory.server_watchers.watchers_max = watchers_max;
  directory.roster_watchers.watchers_max = watchers_max;
  directory.roster_watchers.members_shown_max = static_cast<std::size_t>(config.members_shown_max);
  directory.reads_all = ReadsAll(config);
  return directory;
}

}  // namespace

struct Presence::State final : LogListener {
  State(const PresenceConfig& config, const Clock& system_clock, const Logger& parent_logger);
  void Open(const PresenceConfig& config);

  // All on the loop.
  void OnEvents(const std::vector<ConnectionEvent>& events, std::size_t unreadable) override;
  void OnStartAgain() override { directory.LogStartsAgain(); }
  void OnFollowing(TimePoint read_through) override;
  void OnLost(const LogLoss& loss) override;
  void NoteReady();
  void NoteFollowing();
  void Tick();
  void StartProbe(std::vector<ProbeTarget> targets);
  void OnSnapshot(const SnapshotAnswer& answer);

  void Stop();

  const Clock& clock;
  const Logger logger;
  const std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  PresenceMetrics metrics;
  process::Readiness readiness{"reading the log"};
  Endpoints endpoints;

  // On the loop, like all that hangs on it.
  Directory directory;
  rpc::Server server;
  rpc::Loop& loop;
  RegistryApi registry_api;
  RosterApi roster_api;
  std::optional<GatewaySnapshots> snapshots;
  rpc::Loop::TimerId timer = 0;
  bool serving = false;
  bool following = false;

  // What runs threads of its own; stopped in reverse.
  std::unique_ptr<process::AdminServer> admin;
  std::unique_ptr<TcpProbe> probe;
  std::unique_ptr<LogReader> reader;
  bool stopped = false;
};

Presence::State::State(const PresenceConfig& config, const Clock& system_clock,
                       const Logger& parent_logger)
    : clock(system_clock),
      logger(parent_logger.Named(config.id)),
      metrics(*registry),
      directory(DirectoryOf(config)),
      server(OptionsOf(config, registry)),
      loop(*server.loops().front()),
      registry_api(server, directory),
      roster_api(server, directory) {
  try {
    Open(config);
  } catch (...) {
    // Calls may have come in already, and what they refer to goes before the server does.
    server.Stop(Duration::zero());
    throw;
  }
}

void Presence::State::Open(const PresenceConfig& config) {
  server.DescribedIn(*internal::v1::Server::descriptor()->file());
  server.Start();
  admin = std::make_unique<process::AdminServer>(config.admin_listen, registry,
                                                 [this] { return readiness.missing(); });
  probe = std::make_unique<TcpProbe>();
  LogReaderConfig reading;
  reading.from_beginning = ReadsAll(config);
  reader =
      std::make_unique<LogReader>(config.kafka, reading, clock, loop, *this, logger, *registry);
  endpoints = {.id = config.id, .grpc = server.address(), .link = "", .admin = admin->address()};
  logger.Info("listening", {{"grpc", endpoints.grpc}, {"admin", endpoints.admin}});
  loop.Run([this, &config] {
    snapshots.emplace(GatewaySnapshotsConfig(), loop,
                      [this](const SnapshotAnswer& answer) { OnSnapshot(answer); });
    timer = loop.Every(config.tick, [this] { Tick(); });
  });
}

void Presence::State::OnEvents(const std::vector<ConnectionEvent>& events, std::size_t unreadable) {
  directory.Apply(events, clock.Now());
  if (unreadable > 0) metrics.events_unreadable.Increment(static_cast<double>(unreadable));
}

void Presence::State::OnFollowing(TimePoint read_through) {
  directory.FollowsLog(read_through);
  NoteReady();
}

void Presence::State::NoteReady() {
  if (!directory.ready() || std::exchange(serving, true)) return;
  readiness.Set("");
  server.SetServing(true);
}

// It goes on answering with what it knows.
void Presence::State::OnLost(const LogLoss& loss) {
  if (!directory.ready()) readiness.Set(loss.reason);
  if (!loss.logged) logger.Warn("cannot read the log", {{"reason", loss.reason}});
}

// Only judging who is silent has to wait while the log is not followed.
void Presence::State::NoteFollowing() {
  const bool follows = directory.following(clock.Now());
  if (std::exchange(following, follows) == follows) return;
  metrics.following.Set(follows ? 1 : 0);
  if (!follows) return logger.Warn("not following the log");
  const Registry& known = directory.registry();
  logger.Info("following the log",
              {{"servers", static_cast<std::int64_t>(known.servers().size())},
               {"sessions", static_cast<std::int64_t>(known.attendance().sessions())}});
}

void Presence::State::Tick() {
  NoteFollowing();
  DirectoryStep step = directory.Tick(clock.Now());
  StartProbe(std::move(step.probes));
  for (const SnapshotTarget& target : step.snapshots) {
    if (snapshots) snapshots->Ask(target);
  }
  NoteReady();
  registry_api.Tick();
  roster_api.Tick();
  metrics.Set(directory);
}

void Presence::State::StartProbe(std::vector<ProbeTarget> targets) {
  if (targets.empty()) return;
  logger.Warn("too many servers are silent together; probing them",
              {{"servers", static_cast<std::int64_t>(targets.size())}});
  probe->Start(std::move(targets), [this](std::vector<ProbeResult> results) {
    loop.Post([this, results = std::move(results)] { directory.Probed(results); });
  });
}

void Presence::State::OnSnapshot(const SnapshotAnswer& answer) {
  if (!directory.Answered(answer, clock.Now())) return;
  logger.Warn(
      "a gateway of an older version gives no snapshots; reading the log from its beginning",
      {{"gateway", answer.server.value()}});
  reader->ReadAll();
}

// First those that post to the loop; then whoever is still connected; the timer last, since the
// loop runs on until the server is gone.
void Presence::State::Stop() {
  if (std::exchange(stopped, true)) return;
  readiness.Set("stopping");
  server.SetServing(false);
  loop.Run([this] { snapshots.reset(); });
  reader.reset();
  server.Stop(kStopGrace);
  loop.Run([this] { loop.Cancel(timer); });
  probe.reset();
  loop.Run([] {});
  admin.reset();
}

Presence::Presence(const PresenceConfig& config, const Clock& clock, const Logger& logger)
    : state_(std::make_unique<State>(config, clock, logger)) {}

Presence::~Presence() { Stop(); }

const Endpoints& Presence::endpoints() const { return state_->endpoints; }

std::string Presence::NotReady() const { return state_->readiness.missing(); }

void Presence::Stop() { state_->Stop(); }

}  // namespace parley::presence
