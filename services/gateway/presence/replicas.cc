#include "services/gateway/presence/replicas.h"

#include "services/common/rpc/client_call.h"

namespace parley::gateway {

Replicas::Replicas(const RosterConfig& config) {
  for (const std::string& address : config.presence_addresses)
    replicas_.push_back({.address = address});
  if (!replicas_.empty()) preferred_ = config.first_replica % replicas_.size();
}

void Replicas::Failed(std::size_t replica) {
  if (preferred_ == replica) preferred_ = After(replica);
}

std::shared_ptr<grpc::Channel> Replicas::ChannelTo(std::size_t replica) {
  auto& channel = replicas_.at(replica).channel;
  if (!channel) channel = rpc::Connect(AddressOf(replica));
  return channel;
}

}  // namespace parley::gateway
