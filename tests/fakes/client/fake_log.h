#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "parley/v1/chat.pb.h"

namespace parley::client {

class FakeServer;

// What fake servers have stored; several may share one, as gateways share Kafka. Positions are
// numbers in 32 digits.
struct FakeLog {
  // Its last place.
  std::string End() const;
  v1::Message& Append(const v1::PublishRequest& publish);
  // The message of which this publish is a repetition, if either is marked as one.
  const v1::Message* Repeated(const v1::PublishRequest& publish) const;

  std::mutex mutex;  // Of the servers, too.

  // Guarded by the mutex.
  std::uint64_t last_position = 0;
  std::map<std::string, std::vector<v1::Message>> messages;  // By channel.
  std::set<std::string> retries;                             // The ids that were marked.
  std::set<FakeServer*> servers;
};

}  // namespace parley::client
