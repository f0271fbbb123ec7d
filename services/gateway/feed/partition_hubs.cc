#include "services/gateway/feed/partition_hubs.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

namespace parley::gateway {
namespace {

using Messages = std::vector<MessagePtr>;

std::shared_ptr<const Messages> Wanted(const std::vector<PartitionHubs::Handed>& batch,
                                       const HubInbox* hub) {
  auto messages = std::make_shared<Messages>();
  for (const auto& [message, channel] : batch) {
    if (hub == nullptr || channel->HasMember(*hub)) messages->push_back(message);
  }
  return messages;
}

}  // namespace

void PartitionHubs::Join(HubInbox& hub, TimePoint now) {
  const auto found =
      std::find_if(hubs_.begin(), hubs_.end(), [&](const Hub& one) { return one.inbox == &hub; });
  if (found != hubs_.end()) {
    ++found->channels;
  } else {
    hubs_.push_back({&hub, 1, -1, now, 0});
  }
}

void PartitionHubs::Leave(HubInbox& hub) {
  Hub& found = Find(hub);
  if (--found.channels > 0) return;
  std::swap(found, hubs_.back());
  hubs_.pop_back();
}

void PartitionHubs::HandOn(const std::vector<Handed>& batch, Offset through, TimePoint now) {
  for (const Handed& handed : batch) {
    for (const FeedChannel::Member& member : handed.channel->members) ++Find(*member.hub).wanted;
  }
  std::shared_ptr<const Messages> all;
  for (Hub& hub : hubs_) {
    const std::size_t wanted = std::exchange(hub.wanted, 0);
    if (wanted == 0) continue;
    hub.told = through;
    hub.told_at = now;
    if (wanted < batch.size()) {
      hub.inbox->OnMessages(partition_, through, Wanted(batch, hub.inbox));
      continue;
    }
    if (!all) all = Wanted(batch, nullptr);
    hub.inbox->OnMessages(partition_, through, all);
  }
}

void PartitionHubs::TellProgress(Offset through, TimePoint told_before, TimePoint now) {
  static const auto kNone = std::make_shared<const Messages>();
  for (Hub& hub : hubs_) {
    if (hub.told_at > told_before || hub.told >= through) continue;
    hub.told = through;
    hub.told_at = now;
    hub.inbox->OnMessages(partition_, through, kNone);
  }
}

PartitionHubs::Hub& PartitionHubs::Find(HubInbox& hub) {
  const auto found =
      std::find_if(hubs_.begin(), hubs_.end(), [&](const Hub& one) { return one.inbox == &hub; });
  assert(found != hubs_.end());
  return *found;
}

}  // namespace parley::gateway
