#include "tests/simulation/session_loop.h"

#include <utility>
#include <vector>

#include "tests/simulation/server_stream.h"

namespace parley::simulation {
namespace {

using gateway::HubInbox;

constexpr std::chrono::milliseconds kTick{250};
constexpr Duration kHandOver = std::chrono::microseconds(300);

}  // namespace

SessionLoop::SessionLoop(const LoopContext& context)
    : context_(context),
      encoding_(context.metrics.sessions.encodings),
      to_feed_(context.scheduler, context.dice),
      to_hub_(context.scheduler, context.dice),
      uuids_(context.dice.Seed()),
      publisher_({}, context.producer, uuids_, context.metrics.publishes),
      hub_({*this, roster_, context.announcer, *this, roster_listener_}, context.metrics.sessions) {
  to_feed_.SetLatency(kHandOver);
  to_hub_.SetLatency(kHandOver);
  Register(*this);
  context_.process.Every(kTick, [this] {
    publisher_.Tick(context_.scheduler.Now());
    hub_.Tick(context_.scheduler.Now());
  });
}

SessionLoop::~SessionLoop() = default;

void SessionLoop::Accept(const std::shared_ptr<Stream>& stream) {
  const auto server = std::make_shared<ServerStream>(*this, stream);
  const std::uint64_t id = ++last_stream_;
  streams_[id] = server;
  const Process::Runner runner = context_.process.runner();
  const std::weak_ptr<ServerStream> weak = server;
  stream->server_down = context_.process.Own([this, id] { streams_.erase(id); });
  stream->on_client_frame = [runner, weak](const edge::v1::ClientFrame& frame) {
    runner([weak, frame] {
      if (const auto there = weak.lock()) there->OnFrame(frame);
    });
  };
  stream->server_written = context_.process.Own([weak] {
    if (const auto there = weak.lock()) there->OnWritten();
  });
}

void SessionLoop::Drain(Duration linger) {
  constexpr std::uint32_t kReconnectWithinMs = 1000;
  for (const auto& [id, stream] : streams_) {
    stream->session().Drain(kReconnectWithinMs, context_.scheduler.Now() + linger);
  }
}

void SessionLoop::CloseAll() {
  for (const auto& [id, stream] : streams_) {
    stream->session().Close({edge::v1::ERROR_DRAINING, "this gateway is stopping"});
  }
}

void SessionLoop::Register(HubInbox& hub) {
  Ask([this, &hub] { context_.feed.Register(hub); });
}

void SessionLoop::Attach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch) {
  Ask([this, &hub, channel, epoch] {
    context_.feed.Attach(hub, channel, epoch, context_.scheduler.Now());
  });
}

void SessionLoop::Detach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch) {
  Ask([this, &hub, channel, epoch] { context_.feed.Detach(hub, channel, epoch); });
}

void SessionLoop::ReadPage(HubInbox& hub, std::uint64_t request, gateway::PageRequest page) {
  Ask([this, &hub, request, page = std::move(page)] {
    context_.feed.ReadPage(hub, request, page, context_.scheduler.Now());
  });
}

void SessionLoop::OnLog(const LogInfo& log) {
  Tell([this, log] {
    hub_.OnLog(log);
    publisher_.SetLog(log);
  });
}

void SessionLoop::OnAttached(const ChannelName& channel, Offset at) {
  Tell([this, channel, at] { hub_.OnAttached(channel, at); });
}

void SessionLoop::OnAttachFailed(const ChannelName& channel) {
  Tell([this, channel] { hub_.OnAttachFailed(channel); });
}

void SessionLoop::OnMessages(Partition partition, Offset through,
                             std::shared_ptr<const std::vector<gateway::MessagePtr>> messages) {
  Tell([this, partition, through, messages = std::move(messages)] {
    hub_.OnMessages(partition, through, *messages);
  });
}

void SessionLoop::OnLoss(const ChannelName& channel, Offset through) {
  Tell([this, channel, through] { hub_.OnLoss(channel, through); });
}

void SessionLoop::OnPage(std::uint64_t request, gateway::Page page) {
  Tell([this, request, page = std::move(page)] { hub_.OnPage(request, page); });
}

}  // namespace parley::simulation
