#include "services/common/rpc/server.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <utility>

#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "services/common/rpc/dispatcher.h"
#include "services/common/rpc/health.h"
#include "services/common/rpc/listen_address.h"
#include "services/common/rpc/reflection.h"
#include "services/common/rpc/server_call_impl.h"

namespace parley::rpc {
namespace {

// A peer that vanished without a word is noticed within 40 s; one that pings more often than every
// 20 s is sent away. A connection has 5 s to become HTTP/2, and 60 s to live without a call.
constexpr int kKeepaliveTimeMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kPingIntervalLeastMs = 20'000;
constexpr int kHandshakeTimeoutMs = 5'000;
constexpr int kConnectionIdleMaxMs = 60'000;
constexpr int kStreamWindowBytesLeast = 64 * 1024;
// How many calls may arrive on a loop between two of its rounds without moving to another loop.
constexpr int kAwaitedCallsPerLoop = 16;

int ToInt(std::size_t value) {
  return static_cast<int>(std::min<std::size_t>(value, std::numeric_limits<int>::max()));
}

void Configure(grpc::ServerBuilder& builder, const ServerOptions& options) {
  builder.SetMaxReceiveMessageSize(ToInt(options.message_bytes_max));
  // Left to itself gRPC lets every stream send 4 MiB that nobody has read.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES,
                             std::max(ToInt(options.message_bytes_max), kStreamWindowBytesLeast));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             ToInt(options.streams_per_connection_max));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, ToInt(options.metadata_bytes_max));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalLeastMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kConnectionIdleMaxMs);
  // Otherwise a second process on the same port would silently take half of the connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.SetResourceQuota(grpc::ResourceQuota(options.name).Resize(options.memory_bytes_max));
}

[[noreturn]] void RefuseAddress(const std::string& address, const std::string& why) {
  throw std::runtime_error(
      "cannot listen on " + address + ": " + why +
      "; stop what uses the address, or choose another (port 0 takes a free one)");
}

}  // namespace

struct Server::State {
  explicit State(ServerOptions server_options);
  ~State();

  std::vector<Loop*> Loops() const;

  const ServerOptions options;
  Dispatcher dispatcher{options.registry};
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  std::vector<grpc::ServerCompletionQueue*> queues;  // Each owned by its loop.
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<std::unique_ptr<CallSource>> sources;
  std::unique_ptr<Health> health;
  Reflection reflection;
  std::string address;

  std::mutex stop_mutex;
  std::unique_ptr<grpc::Server> server;  // Null when not started; set once.
};

Server::State::State(ServerOptions server_options)
    : options(std::move(server_options)), address(options.address) {
  GPR_ASSERT(options.loops > 0);
  for (int i = 0; i < options.loops; ++i) {
    std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
    queues.push_back(queue.get());
    loops.push_back(
        std::make_unique<Loop>(options.name + "-" + std::to_string(i), std::move(queue)));
    sources.push_back(std::make_unique<CallSource>(
        CallSource{dispatcher, service, *loops.back(), *queues.back()}));
  }
  health = std::make_unique<Health>(Loops());
}

// gRPC wants the server gone before its queues.
Server::State::~State() {
  server.reset();
  for (const auto& loop : loops) loop->Stop();
}

std::vector<Loop*> Server::State::Loops() const {
  std::vector<Loop*> result;
  for (const auto& loop : loops) result.push_back(loop.get());
  return result;
}

Server::Server(ServerOptions options) : state_(std::make_unique<State>(std::move(options))) {
  state_->health->HandleOn(*this);
  state_->reflection.HandleOn(*this);
}

Server::~Server() { Stop(Duration::zero()); }

void Server::Handle(const std::string& method, Factory factory, MethodKind kind) {
  GPR_ASSERT(state_->server == nullptr);
  state_->dispatcher.Add(method, std::move(factory), kind);
}

// The caller's mention of the descriptor is all that is needed.
void Server::DescribedIn(const google::protobuf::FileDescriptor&) {}

void Server::Start() {
  State& state = *state_;
  GPR_ASSERT(state.server == nullptr);
  const ListenAddress wanted = ParseListenAddress(state.options.address);
  if (const std::string why = WhyNotBindable(wanted); !why.empty()) {
    RefuseAddress(state.options.address, why);
  }
  state.health->SetServices(state.dispatcher.Services());
  state.reflection.SetServices(state.dispatcher.Services());
  Configure(state.builder, state.options);
  int port = 0;
  state.builder.AddListeningPort(state.options.address, grpc::InsecureServerCredentials(), &port);
  state.builder.RegisterAsyncGenericService(&state.service);
  state.server = state.builder.BuildAndStart();
  if (state.server == nullptr) RefuseAddress(state.options.address, "gRPC could not bind it");
  state.address = WithPort(state.options.address, port);
  for (const auto& source : state.sources) {
    source->loop.Run([&source] {
      for (int i = 0; i < kAwaitedCallsPerLoop; ++i) ServerCallImpl::Await(*source);
    });
  }
}

const std::string& Server::address() const { return state_->address; }

std::vector<Loop*> Server::loops() { return state_->Loops(); }

void Server::SetServing(bool serving) { state_->health->SetServing(serving); }

void Server::Stop(Duration grace) {
  const std::lock_guard lock(state_->stop_mutex);
  if (state_->server == nullptr) return;
  for (const auto& loop : state_->loops) GPR_ASSERT(!loop->OnLoop());
  state_->health->Stop();
  state_->server->Shutdown(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(grace.count(), GPR_TIMESPAN)));
  state_->dispatcher.WaitUntilNoCall();
}

}  // namespace parley::rpc
