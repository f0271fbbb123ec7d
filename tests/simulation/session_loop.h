#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "services/gateway/feed/feed.h"
#include "services/gateway/hub/hub.h"
#include "services/gateway/session/native_encoding.h"
#include "services/gateway/session/session.h"
#include "tests/fakes/gateway/fake_roster.h"
#include "tests/simulation/pipe.h"
#include "tests/simulation/process.h"
#include "tests/simulation/producer.h"
#include "tests/simulation/stream.h"

namespace parley::simulation {

class ServerStream;

// What the session loops of one gateway share.
struct LoopContext {
  Scheduler& scheduler;
  Dice& dice;
  Process& process;
  gateway::Feed& feed;
  Producer& producer;
  gateway::AnnouncerPort& announcer;
  gateway::GatewayMetrics& metrics;
  const ServerId& server;
};

// One session loop of a gateway: its hub, its publisher and its streams. Between it and the feed's
// loop are two queues.
class SessionLoop final : public gateway::FeedPort, public gateway::HubInbox {
 public:
  explicit SessionLoop(const LoopContext& context);
  ~SessionLoop() override;

  void Accept(const std::shared_ptr<Stream>& stream);
  void Drain(Duration linger);
  void CloseAll();
  std::size_t sessions() const { return streams_.size(); }

  // From the hub to the feed.
  void Register(gateway::HubInbox& hub) override;
  void Attach(gateway::HubInbox& hub, const ChannelName& channel, LogEpoch epoch) override;
  void Detach(gateway::HubInbox& hub, const ChannelName& channel, LogEpoch epoch) override;
  void ReadPage(gateway::HubInbox& hub, std::uint64_t request, gateway::PageRequest page) override;

  // From the feed to the hub.
  void OnLog(const LogInfo& log) override;
  void OnAttached(const ChannelName& channel, Offset at) override;
  void OnAttachFailed(const ChannelName& channel) override;
  void OnMessages(Partition partition, Offset through,
                  std::shared_ptr<const std::vector<gateway::MessagePtr>> messages) override;
  void OnLoss(const ChannelName& channel, Offset through) override;
  void OnPage(std::uint64_t request, gateway::Page page) override;

 private:
  friend class ServerStream;

  void Ask(Task task) { to_feed_.Send(context_.process.Own(std::move(task))); }
  void Tell(Task task) { to_hub_.Send(context_.process.Own(std::move(task))); }

  const LoopContext context_;
  const gateway::SessionConfig session_config_;
  const gateway::NativeEncoding encoding_;
  Pipe to_feed_;
  Pipe to_hub_;
  gateway::FakeRoster roster_;
  gateway::FakeRosterListener roster_listener_;
  gateway::UuidSource uuids_;
  gateway::Publisher publisher_;
  gateway::Hub hub_;
  std::uint64_t last_stream_ = 0;
  std::map<std::uint64_t, std::shared_ptr<ServerStream>> streams_;
};

}  // namespace parley::simulation
