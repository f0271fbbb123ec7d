#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/channel.h>

#include "services/gateway/presence/roster_config.h"

namespace parley::gateway {

// The presence replicas, and the one that is asked first. On the roster's loop.
class Replicas {
 public:
  explicit Replicas(const RosterConfig& config);

  std::size_t size() const { return replicas_.size(); }
  // The one that is asked first; precondition: there is one.
  std::size_t preferred() const { return preferred_; }
  const std::string& AddressOf(std::size_t replica) const { return replicas_.at(replica).address; }
  std::size_t After(std::size_t replica) const { return (replica + 1) % replicas_.size(); }
  // It did not answer: the next one is preferred from now on.
  void Failed(std::size_t replica);

  // A connection for questions, kept.
  std::shared_ptr<grpc::Channel> ChannelTo(std::size_t replica);

 private:
  struct Replica {
    std::string address;
    std::shared_ptr<grpc::Channel> channel{};  // Made when it is first needed.
  };

  std::vector<Replica> replicas_;
  std::size_t preferred_ = 0;
};

}  // namespace parley::gateway
