#include "services/gateway/hub/loop_inbox.h"

#include <algorithm>
#include <utility>

#include "services/gateway/hub/delivered_message.h"

namespace parley::gateway {
namespace {

// A large channel's members have all heard a count well within the second after which the next one
// may come.
constexpr Duration kBetweenTurns = std::chrono::milliseconds(10);

std::size_t BytesOf(const std::vector<MessagePtr>& messages) {
  constexpr std::size_t kEach = 300;  // All but the content, about.
  std::size_t bytes = 0;
  for (const MessagePtr& message : messages) bytes += kEach + message->message().content.size();
  return bytes;
}

}  // namespace

void LoopInbox::OnLog(const LogInfo& log) {
  loop_.Post([this, log] {
    hub_.OnLog(log);
    publisher_.SetLog(log);
  });
}

void LoopInbox::OnAttached(const ChannelName& channel, Offset at) {
  loop_.Post([this, channel, at] { hub_.OnAttached(channel, at); });
}

void LoopInbox::OnAttachFailed(const ChannelName& channel) {
  loop_.Post([this, channel] { hub_.OnAttachFailed(channel); });
}

void LoopInbox::OnMessages(Partition partition, Offset through,
                           std::shared_ptr<const std::vector<MessagePtr>> messages) {
  const std::size_t bytes = BytesOf(*messages);
  backlog_.Add(bytes);
  loop_.Post([this, partition, through, bytes, messages = std::move(messages)] {
    hub_.OnMessages(partition, through, *messages);
    MeasureLatency(*messages);
    backlog_.Remove(bytes);
  });
}

void LoopInbox::OnLoss(const ChannelName& channel, Offset through) {
  loop_.Post([this, channel, through] { hub_.OnLoss(channel, through); });
}

void LoopInbox::OnPage(std::uint64_t request, Page page) {
  loop_.Post([this, request, page = std::move(page)] { hub_.OnPage(request, page); });
}

void LoopInbox::OnRoster(const RosterChange& change) {
  loop_.Post([this, change] {
    hub_.OnRoster(change);
    if (!telling_) TellCounts();
  });
}

void LoopInbox::TellCounts() {
  telling_ = hub_.TellCounts();
  if (telling_) loop_.After(kBetweenTurns, [this] { TellCounts(); });
}

void LoopInbox::MeasureLatency(const std::vector<MessagePtr>& messages) {
  if (messages.empty()) return;
  const std::int64_t now_us = clock_.SinceUnixEpoch().count();
  for (const MessagePtr& message : messages) {
    const std::int64_t accepted_at_us = message->message().accepted_at_us;
    if (accepted_at_us == 0) continue;  // Another program produced it.
    // The clocks of two gateways may differ.
    const std::int64_t latency_us = std::max<std::int64_t>(0, now_us - accepted_at_us);
    metrics_.delivery_latency_seconds.Observe(static_cast<double>(latency_us) / 1e6);
  }
}

}  // namespace parley::gateway
