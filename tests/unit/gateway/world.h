#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/registry.h>

#include "services/gateway/hub/hub.h"
#include "services/gateway/session/native_encoding.h"
#include "services/gateway/session/session.h"
#include "tests/fakes/gateway/fake_feed.h"
#include "tests/fakes/gateway/fake_log_writer.h"
#include "tests/fakes/gateway/fake_roster.h"
#include "tests/fakes/gateway/fake_transport.h"

namespace parley::gateway {

// Carries what the feed says to the hub at once: the fake feed has the queue.
class DirectInbox final : public HubInbox {
 public:
  explicit DirectInbox(Hub& hub) : hub_(hub) {}
  void OnLog(const LogInfo& log) override { hub_.OnLog(log); }
  void OnAttached(const ChannelName& channel, Offset at) override { hub_.OnAttached(channel, at); }
  void OnAttachFailed(const ChannelName& channel) override { hub_.OnAttachFailed(channel); }
  void OnMessages(Partition partition, Offset through,
                  std::shared_ptr<const std::vector<MessagePtr>> messages) override {
    hub_.OnMessages(partition, through, *messages);
  }
  void OnLoss(const ChannelName& channel, Offset through) override {
    hub_.OnLoss(channel, through);
  }
  void OnPage(std::uint64_t request, Page page) override { hub_.OnPage(request, page); }

 private:
  Hub& hub_;
};

// One session loop of a gateway with fakes around it.
struct World {
  explicit World(const SessionConfig& session_config = {}) : config(session_config) {
    hub.OnLog(log);
    publisher.SetLog(log);
  }

  // One client and its stream.
  struct Client {
    Client(World& world, TimePoint now)
        : session(world.context, SessionId(world.uuids.Next()), transport, world.encoding, now) {}

    std::vector<edge::v1::Event> Read() {
      transport.ReadAll(session);
      return transport.Take();
    }
    void Send(const edge::v1::ClientFrame& frame, TimePoint now = {}) {
      session.OnFrame(frame, {now, std::chrono::microseconds(7)});
    }
    void Hello(const std::string& user, const std::string& personal_after = {}) {
      edge::v1::ClientFrame frame;
      frame.mutable_hello()->set_user(user);
      frame.mutable_hello()->set_personal_after(personal_after);
      Send(frame);
    }
    void Join(const std::string& channel, const std::string& after = {}, std::uint64_t ref = 1) {
      edge::v1::ClientFrame frame;
      frame.set_ref(ref);
      frame.mutable_join()->set_channel(channel);
      frame.mutable_join()->set_after(after);
      Send(frame);
    }
    void Leave(const std::string& channel, std::uint64_t ref = 1) {
      edge::v1::ClientFrame frame;
      frame.set_ref(ref);
      frame.mutable_leave()->set_channel(channel);
      Send(frame);
    }

    void ReadHistory(const std::string& channel) {
      edge::v1::ClientFrame frame;
      frame.mutable_read_history()->set_channel(channel);
      Send(frame);
    }

    FakeTransport transport;
    Session session;
  };

  // A client that has not said hello.
  std::unique_ptr<Client> Connect() { return std::make_unique<Client>(*this, TimePoint{}); }

  // A client that has, and has read its welcome and that it is in its personal channel.
  std::unique_ptr<Client> Enter(const std::string& user) {
    auto client = Connect();
    client->Hello(user);
    feed.RunAll();
    client->Read();
    return client;
  }

  // A client that is in the channel, and has read all that came until then.
  std::unique_ptr<Client> EnterAndJoin(const std::string& user, const std::string& channel) {
    auto client = Enter(user);
    client->Join(channel);
    feed.RunAll();
    client->Read();
    return client;
  }

  // A message goes into the log and from there to whoever has it.
  Offset Say(const std::string& channel, std::string content = "hello") {
    const Offset offset = feed.Append(ChannelName(channel), std::move(content));
    feed.HandOn(inbox);
    feed.RunAll();
    return offset;
  }

  // The log is re-created; the hub is on its way to hear of it.
  void Recreate(Partition partitions) {
    log = {log.epoch + 1, partitions, log.dedupe_window_ms};
    feed.Recreate(inbox, log);
  }

  // Of the log as it is now.
  std::string Token(const std::string& channel, Offset offset) const {
    const ChannelName name(channel);
    return EncodeToken({log.epoch, PartitionOf(name, log.partitions), offset}, name);
  }

  LogInfo log{1'700'000'000'000, 4, 300'000};
  const ServerId server{"gateway-1"};
  const SessionConfig config;
  prometheus::Registry registry;
  GatewayMetrics metrics{registry};
  NativeEncoding encoding{metrics.sessions.encodings};
  FakeFeed feed{log};
  FakeRoster roster;
  FakeRosterListener roster_listener;
  FakeAnnouncer announcer;
  FakeLogWriter log_writer;
  UuidSource uuids{1};
  Publisher publisher{{.in_flight_max = 1000}, log_writer, uuids, metrics.publishes};
  DirectInbox inbox{hub};
  Hub hub{{feed, roster, announcer, inbox, roster_listener}, metrics.sessions};
  const SessionContext context{config, server, hub, publisher};
};

}  // namespace parley::gateway
