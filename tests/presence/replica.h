#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <google/protobuf/message_lite.h>
#include <grpcpp/channel.h>

#include "services/common/rpc/loop.h"

namespace parley::presence_test {

// Asks a presence replica, as gateways, routers and `parley servers` do. Nothing is answered while
// it does not answer.
class Replica final {
 public:
  explicit Replica(std::string address);
  ~Replica();

  const std::string& address() const { return address_; }

  // The members of a channel, 10,000 at most, and how many sessions each has there.
  using Roster = std::map<std::string, unsigned>;
  std::optional<Roster> Members(const std::string& channel);
  std::optional<std::size_t> CountMembers(const std::string& channel);
  // How many members the channels of that prefix have, 10,000 at most.
  std::optional<std::map<std::string, unsigned>> Channels(const std::string& prefix);
  // The gateways that live, and how many sessions are on each.
  std::optional<std::map<std::string, unsigned>> Servers();

 private:
  bool Ask(const std::string& method, const google::protobuf::MessageLite& request,
           google::protobuf::MessageLite& reply);

  const std::string address_;
  std::shared_ptr<grpc::Channel> channel_;  // Null: a new one is to be made.
  rpc::Loop loop_{"replica"};
};

}  // namespace parley::presence_test
