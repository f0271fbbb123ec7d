#include "client/channel_positions.h"

namespace parley::client {

ChannelPositions::Verdict ChannelPositions::Take(const Message& message) {
  const auto [entry, is_first] = last_.try_emplace(message.channel, message.position);
  if (is_first) return Verdict::kNext;  // Nothing to compare it with.
  PositionToken& last = entry->second;
  if (message.position <= last) return Verdict::kDuplicate;
  const bool missed = message.previous > last;
  last = message.position;
  return missed ? Verdict::kAfterGap : Verdict::kNext;
}

void ChannelPositions::Reset(const ChannelName& channel, const PositionToken& position) {
  last_[channel] = position;
}

void ChannelPositions::Advance(const ChannelName& channel, const PositionToken& position) {
  PositionToken& last = last_[channel];
  if (position > last) last = position;
}

void ChannelPositions::Forget(const ChannelName& channel) { last_.erase(channel); }

PositionToken ChannelPositions::Last(const ChannelName& channel) const {
  const auto entry = last_.find(channel);
  return entry == last_.end() ? PositionToken() : entry->second;
}

std::vector<ChannelName> ChannelPositions::Channels() const {
  std::vector<ChannelName> channels;
  for (const auto& [channel, last] : last_) channels.push_back(channel);
  return channels;
}

}  // namespace parley::client
