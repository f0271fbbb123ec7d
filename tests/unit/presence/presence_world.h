#pragma once

#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "parley/internal/v1/registry.pb.h"
#include "services/common/kafka/embedded_broker.h"
#include "services/common/rpc/client_call.h"
#include "services/gateway/presence/roster.h"
#include "services/presence/presence.h"
#include "tests/unit/presence/gateway_part.h"

namespace parley::presence {
using namespace std::chrono_literals;

inline constexpr auto kPatience = 30s;  // Only ever waited for in full by a test that fails.

// Something that one thread changes and another waits for.
template <class Value>
class Watched {
 public:
  void Change(const std::function<void(Value&)>& change) {
    const std::lock_guard lock(mutex_);
    change(value_);
    changed_.notify_all();
  }
  bool Await(const std::function<bool(const Value&)>& holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return holds(value_); });
  }
  Value Get() {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Value value_;
};

// Follows the servers as a router would.
class ServersFollower final : public rpc::CallListener {
 public:
  struct Known {
    std::set<std::string> up;
    std::set<std::string> draining;
    int downs = 0;
  };

  ServersFollower(rpc::Loop& loop, const std::string& address) : loop_(loop) {
    loop_.Run([&] {
      call_.emplace(loop_, rpc::Connect(address), "/parley.internal.v1.Registry/Watch", *this);
    });
  }
  ~ServersFollower() override {
    loop_.Run([this] { call_.reset(); });
  }

  Watched<Known>& known() { return known_; }

 private:
  void OnStarted() override {
    call_->Write(rpc::Encode(internal::v1::WatchServersRequest()));
    call_->HalfClose();
  }
  void OnMessage(rpc::Bytes message) override {
    internal::v1::ServersUpdate update;
    ASSERT_TRUE(rpc::Decode(message, update));
    known_.Change([&](Known& known) {
      for (const auto& server : update.up()) {
        known.up.insert(server.id());
        if (server.draining()) known.draining.insert(server.id());
      }
      for (const auto& id : update.down()) {
        known.up.erase(id);
        ++known.downs;
      }
    });
  }
  void OnDone(const grpc::Status&) override {}

  rpc::Loop& loop_;
  std::optional<rpc::ClientCall> call_;
  Watched<Known> known_;
};

class Ear final : public gateway::RosterListener {
 public:
  void OnRoster(const gateway::RosterChange& change) override {
    heard_.Change([&](std::vector<std::string>& heard) {
      for (const auto& user : change.joined) heard.push_back("+" + user.value());
      for (const auto& user : change.left) heard.push_back("-" + user.value());
    });
  }
  Watched<std::vector<std::string>>& heard() { return heard_; }

 private:
  Watched<std::vector<std::string>> heard_;
};

// A presence replica and gateways' announcers and rosters in one process, on the embedded broker.
class PresenceWorld : public testing::Test {
 protected:
  PresenceWorld() {
    kafka_.brokers = broker_.address();
    kafka_.embedded = true;
  }

  std::unique_ptr<Presence> MakePresence(std::chrono::milliseconds server_timeout = 1500ms) {
    PresenceConfig config;
    config.listen = "127.0.0.1:0";
    config.admin_listen = "127.0.0.1:0";
    config.kafka = kafka_;
    config.server_timeout = server_timeout;
    config.tick = 20ms;
    return std::make_unique<Presence>(config, clock_, logger_);
  }

  std::unique_ptr<GatewayPart> MakeGateway(const std::string& id, std::int64_t epoch = 1) {
    return std::make_unique<GatewayPart>(id, epoch, kafka_, logger_);
  }

  std::unique_ptr<gateway::Roster> MakeRoster(const Presence& presence) {
    gateway::RosterConfig config;
    config.presence_addresses = {presence.endpoints().grpc};
    config.retry_longest = 200ms;
    return std::make_unique<gateway::Roster>(config, loop_, clock_, logger_, *metrics_);
  }

  static void AwaitReady(const Presence& presence) {
    Await([&] { return presence.NotReady().empty(); });
  }

  // For what nobody tells of: asks again and again.
  static void Await(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(5ms);
    }
  }

  template <class Reply>
  std::optional<Reply> Ask(const Presence& presence, const std::string& method,
                           const google::protobuf::MessageLite& request) {
    std::promise<std::optional<Reply>> promise;
    loop_.Run([&] {
      rpc::CallUnary(loop_, rpc::Connect(presence.endpoints().grpc),
                     "/parley.internal.v1.Presence/" + method, rpc::Encode(request), 5s,
                     [&](const grpc::Status& status, const rpc::Bytes& bytes) {
                       Reply reply;
                       const bool good = status.ok() && rpc::Decode(bytes, reply);
                       promise.set_value(good ? std::optional(std::move(reply)) : std::nullopt);
                     });
    });
    return promise.get_future().get();
  }

  // "bob:2 eve:1"
  std::string MembersOf(const Presence& presence, const std::string& channel) {
    internal::v1::ChannelRequest request;
    request.set_channel(channel);
    const auto reply = Ask<internal::v1::ChannelReply>(presence, "Channel", request);
    if (!reply) return "no answer";
    std::string text;
    for (const auto& member : reply->members()) {
      text += (text.empty() ? "" : " ") + member.user() + ":" + std::to_string(member.sessions());
    }
    return text;
  }

  kafka::EmbeddedBroker broker_{{}};
  kafka::ClientConfig kafka_;
  SystemClock clock_;
  Logger logger_{"test", LogLevel::kError, Logger::Format::kText};
  std::shared_ptr<prometheus::Registry> metrics_ = std::make_shared<prometheus::Registry>();
  rpc::Loop loop_{"test"};
};

}  // namespace parley::presence
