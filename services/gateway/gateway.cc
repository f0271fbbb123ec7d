#include "services/gateway/gateway.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include <prometheus/registry.h>

#include "services/common/kafka/log_follower.h"
#include "services/common/kafka/producer.h"
#include "services/common/process/admin_server.h"
#include "services/common/process/readiness.h"
#include "services/common/rpc/server.h"
#include "services/gateway/advertise.h"
#include "services/gateway/compat/compat_services.h"
#include "services/gateway/drainer.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/grpc/admission.h"
#include "services/gateway/grpc/chat_service.h"
#include "services/gateway/link/link_service.h"
#include "services/gateway/presence/announcer.h"
#include "services/gateway/presence/roster.h"
#include "services/gateway/presence/snapshot_service.h"
#include "services/gateway/session_loop.h"

namespace parley::gateway {
namespace {

constexpr std::size_t kLinkMessageBytesMax = std::size_t{4} * 1024 * 1024;
// Kafka, routers, presence, logs and the admin port need some, too.
constexpr std::size_t kDescriptorsKept = 256;

std::string IdOf(const GatewayConfig& config) {
  if (!config.id.empty()) return config.id;
  constexpr std::uint32_t kRange = 0x1000000;
  return HostName() + "-" + std::to_string(std::random_device()() % kRange);
}

std::size_t SessionsMax(const GatewayConfig& config) {
  rlimit limit{};
  const auto wanted = static_cast<std::size_t>(config.sessions_max);
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  const std::size_t free =
      descriptors > 2 * kDescriptorsKept ? descriptors - kDescriptorsKept : descriptors / 2;
  return std::min(wanted, free);
}

rpc::ServerOptions PublicServer(const GatewayConfig& config,
                                std::shared_ptr<prometheus::Registry> registry) {
  rpc::ServerOptions options;
  options.address = config.listen;
  options.name = "session";
  options.loops = config.session_loops;
  options.message_bytes_max = config.frame_bytes_max;
  options.memory_bytes_max = config.memory_bytes_max;
  options.registry = std::move(registry);
  return options;
}

rpc::ServerOptions LinkServer(const GatewayConfig& config,
                              std::shared_ptr<prometheus::Registry> registry) {
  rpc::ServerOptions options;
  options.address = config.link_listen;
  options.name = "feed";
  options.message_bytes_max = kLinkMessageBytesMax;
  options.registry = std::move(registry);
  return options;
}

RosterConfig RosterOf(const GatewayConfig& config) {
  RosterConfig roster;
  roster.presence_addresses = config.presence_addresses;
  roster.first_replica = std::random_device()();
  return roster;
}

PublisherConfig PublisherOf(const GatewayConfig& config) {
  PublisherConfig publisher;
  publisher.content_bytes_max = config.session.content_bytes_max;
  publisher.in_flight_max =
      static_cast<std::size_t>(std::max(2, config.publishes_in_flight_max / config.session_loops));
  publisher.deadline = config.publish_deadline;
  return publisher;
}

StreamConfig StreamOf(const GatewayConfig& config) {
  StreamConfig stream;
  stream.write_stall_max = config.write_stall_max;
  return stream;
}

std::uint64_t RandomSeed() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

}  // namespace

struct Gateway::State final {
  State(const GatewayConfig& gateway_config, const Clock& system_clock,
        const Logger& parent_logger);
  ~State() { Stop(); }

  void Open();
  void TellSessionsMax();
  void OnLogInfo(const LogInfo& log);
  void Stop();
  void Drain();
  void TearDown();

  const GatewayConfig config;
  const Clock& clock;
  const ServerId id;
  const std::int64_t epoch;
  const Logger logger;
  const std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  GatewayMetrics metrics{*registry};
  process::Readiness readiness{"asking Kafka for the log"};
  Endpoints endpoints;
  Admission admission;

  // From here on, what has threads or is called by them. `TearDown` says in which order they end.
  rpc::Server public_server;
  rpc::Server link_server;
  std::unique_ptr<LinkService> link;
  std::unique_ptr<rpc::Loop> presence_loop;
  std::unique_ptr<SnapshotService> snapshots;
  std::unique_ptr<Roster> roster;
  std::unique_ptr<kafka::Producer> producer;
  std::unique_ptr<KafkaEventLog> event_log;
  std::unique_ptr<ChatService> chat;
  std::unique_ptr<CompatServices> compat;
  std::unique_ptr<Announcer> announcer;
  SessionLoops loops;
  std::unique_ptr<process::AdminServer> admin;
  std::unique_ptr<kafka::LogFollower> log_follower;

  std::mutex stop_mutex;
  bool open = false;     // Wired up, and not yet stopped. Guarded by stop_mutex.
  bool stopped = false;  // Guarded by stop_mutex.
};

Gateway::State::State(const GatewayConfig& gateway_config, const Clock& system_clock,
                      const Logger& parent_logger)
    : config(gateway_config),
      clock(system_clock),
      id(IdOf(gateway_config)),
      epoch(std::chrono::duration_cast<std::chrono::milliseconds>(system_clock.SinceUnixEpoch())
                .count()),
      logger(parent_logger.Named(id.value())),
      admission(SessionsMax(gateway_config)),
      public_server(PublicServer(gateway_config, registry)),
      link_server(LinkServer(gateway_config, registry)) {
  try {
    Open();
  } catch (...) {
    Stop();
    throw;
  }
}

void Gateway::State::Open() {
  link =
      std::make_unique<LinkService>(link_server, config.link, id, epoch, clock, logger, *registry);
  presence_loop = std::make_unique<rpc::Loop>("presence");
  snapshots =
      std::make_unique<SnapshotService>(SnapshotServiceConfig(), link_server, *presence_loop);
  roster = std::make_unique<Roster>(RosterOf(config), *presence_loop, clock, logger, *registry);
  producer = std::make_unique<kafka::Producer>(
      config.kafka, std::vector<std::string>{kafka::kChattingTopic, kafka::kUserConnectionsTopic},
      logger, *registry);
  event_log = std::make_unique<KafkaEventLog>(*producer);
  chat = std::make_unique<ChatService>(public_server, loops, *roster, StreamOf(config), admission);
  compat =
      std::make_unique<CompatServices>(public_server, loops, *roster, config.compat_channel,
                                       StreamOf(config), admission, metrics.sessions.encodings);
  link_server.Start();
  public_server.Start();

  AnnouncerConfig announced;
  announced.server = id;
  announced.epoch = epoch;
  announced.link_address = AdvertisedAddress(config.advertise_link, link_server.address());
  announced.grpc_address = AdvertisedAddress(config.advertise_grpc, public_server.address());
  announcer = std::make_unique<Announcer>(announced, *event_log, clock, logger, *registry);
  for (rpc::Loop* loop : public_server.loops()) {
    loops.push_back(std::make_unique<SessionLoop>(
        *loop, config.session, PublisherOf(config), id,
        SessionLoopPorts{link->port(), *roster, *announcer, *producer, link->backlog()}, metrics,
        clock, RandomSeed()));
  }
  TellSessionsMax();
  admission.Open();
  announcer->RunOn(*presence_loop);
  snapshots->Serve(announcer->Snapshots());
  admin = std::make_unique<process::AdminServer>(config.admin_listen, registry,
                                                 [this] { return readiness.missing(); });
  endpoints = {id.value(), public_server.address(), link_server.address(), admin->address()};
  log_follower = std::make_unique<kafka::LogFollower>(
      config.kafka, logger, [this](const std::string& reason) { readiness.Set(reason); },
      [this](const LogInfo& log) { OnLogInfo(log); });
  open = true;
  logger.Info("gateway started",
              {{"grpc", endpoints.grpc},
               {"link", endpoints.link},
               {"admin", endpoints.admin},
               {"sessions_max", static_cast<std::int64_t>(admission.sessions_max())}});
}

void Gateway::State::TellSessionsMax() {
  metrics.sessions.max.Set(static_cast<double>(admission.sessions_max()));
  if (admission.sessions_max() == static_cast<std::size_t>(config.sessions_max)) return;
  logger.Warn(
      "the limit of file descriptors leaves fewer sessions than wanted",
      {{"sessions_max", static_cast<std::int64_t>(admission.sessions_max())},
       {"wanted", std::int64_t{config.sessions_max}},
       {"mend", "raise the hard limit (LimitNOFILE, ulimit -Hn), or lower --sessions-max"}});
}

void Gateway::State::OnLogInfo(const LogInfo& log) {
  link->SetLogInfo(log);
  producer->Refresh();
  readiness.Set("");
  public_server.SetServing(true);
  logger.Info("the log is known",
              {{"epoch", log.epoch}, {"partitions", std::int64_t{log.partitions}}});
}

void Gateway::State::Stop() {
  const std::lock_guard lock(stop_mutex);
  if (std::exchange(stopped, true)) return;
  log_follower.reset();
  if (std::exchange(open, false)) Drain();
  TearDown();
}

void Gateway::State::Drain() {
  readiness.Set("draining");
  public_server.SetServing(false);
  metrics.sessions.draining.Set(1);
  announcer->Drain();
  logger.Info("draining", {{"sessions", static_cast<std::int64_t>(admission.sessions())}});
  // Whoever has looked up this gateway a moment ago may still come.
  std::this_thread::sleep_for(config.drain.announce);

  admission.Drain();
  // After the last session is closed, at half of it, its status still has to reach the client.
  constexpr std::chrono::seconds kLastWords{1};
  std::thread closing([this, kLastWords] {
    public_server.Stop(config.drain.window + config.drain.linger + kLastWords);
  });
  const std::size_t forced = DrainSessions(config.drain, loops, admission, metrics.sessions, clock);
  closing.join();
  const TimePoint exit_by = clock.Now() + config.drain.flush;
  announcer->SayGone();
  producer->Flush(config.drain.flush);
  logger.Info("drained", {{"forced", static_cast<std::int64_t>(forced)}});
  // Whoever looks only now and then has yet to see them counted. One that need not announce that it
  // goes is watched by nobody.
  if (forced > 0 && config.drain.announce > Duration::zero()) {
    std::this_thread::sleep_for(exit_by - clock.Now());
  }
}

// The feed's loop posts to the session loops, and these to the feed's, so the session loops stop
// running first and are destroyed last; what is posted to them in between is dropped.
void Gateway::State::TearDown() {
  public_server.Stop(Duration::zero());
  for (rpc::Loop* loop : public_server.loops()) loop->Stop();
  announcer.reset();
  roster.reset();
  if (presence_loop) presence_loop->Stop();
  link_server.Stop(Duration::zero());
  link.reset();
  event_log.reset();
  producer.reset();
  admin.reset();
}

Gateway::Gateway(const GatewayConfig& config, const Clock& clock, const Logger& logger)
    : state_(std::make_unique<State>(config, clock, logger)) {}

Gateway::~Gateway() = default;

const Endpoints& Gateway::endpoints() const { return state_->endpoints; }

std::string Gateway::NotReady() const { return state_->readiness.missing(); }

void Gateway::Stop() { state_->Stop(); }

}  // namespace parley::gateway
