#include "tests/presence/replica.h"

#include <chrono>
#include <future>
#include <utility>

#include "cli/presence/gateway_list.h"
#include "parley/internal/v1/registry.pb.h"
#include "services/common/rpc/client_call.h"

namespace parley::presence_test {
namespace {

constexpr std::chrono::seconds kAnswerWithin{2};
constexpr std::uint32_t kMost = 10'000;

}  // namespace

Replica::Replica(std::string address) : address_(std::move(address)) {}

Replica::~Replica() { loop_.Stop(); }

std::optional<Replica::Roster> Replica::Members(const std::string& channel) {
  internal::v1::ChannelRequest request;
  request.set_channel(channel);
  request.set_limit(kMost);
  internal::v1::ChannelReply reply;
  if (!Ask("Channel", request, reply)) return std::nullopt;
  Roster roster;
  for (const auto& member : reply.members()) roster[member.user()] = member.sessions();
  return roster;
}

std::optional<std::size_t> Replica::CountMembers(const std::string& channel) {
  internal::v1::ChannelRequest request;
  request.set_channel(channel);
  request.set_limit(1);
  internal::v1::ChannelReply reply;
  if (!Ask("Channel", request, reply)) return std::nullopt;
  return reply.total();
}

std::optional<std::map<std::string, unsigned>> Replica::Channels(const std::string& prefix) {
  internal::v1::ListRequest request;
  request.set_prefix(prefix);
  request.set_limit(kMost);
  internal::v1::ListReply reply;
  if (!Ask("ListChannels", request, reply)) return std::nullopt;
  std::map<std::string, unsigned> channels;
  for (const auto& channel : reply.channels()) channels[channel.channel()] = channel.members();
  return channels;
}

std::optional<std::map<std::string, unsigned>> Replica::Servers() {
  const cli::GatewayList list = cli::ListGateways(address_, kAnswerWithin);
  if (!list.gateways) return std::nullopt;
  std::map<std::string, unsigned> servers;
  for (const cli::ListedGateway& gateway : *list.gateways) servers[gateway.id] = gateway.sessions;
  return servers;
}

bool Replica::Ask(const std::string& method, const google::protobuf::MessageLite& request,
                  google::protobuf::MessageLite& reply) {
  std::promise<bool> answered;
  loop_.Run([&] {
    // Not the one of a call that failed: gRPC would wait before it dialled again.
    if (!channel_) channel_ = rpc::Connect(address_);
    rpc::CallUnary(loop_, channel_, "/parley.internal.v1.Presence/" + method, rpc::Encode(request),
                   kAnswerWithin, [&](const grpc::Status& status, const rpc::Bytes& bytes) {
                     const bool good = status.ok() && rpc::Decode(bytes, reply);
                     if (!good) channel_.reset();
                     answered.set_value(good);
                   });
  });
  return answered.get_future().get();
}

}  // namespace parley::presence_test
