#include "client/channel_positions.h"

namespace parley::client {

ChannelPositions::Verdict ChannelPositions::Judge(const Message& message) const {
  const auto entry = last_.find(message.channel);
  if (entry == last_.end()) return Verdict::kNext;  // Nothing to compare it with.
  if (message.position <= entry->second) return Verdict::kDuplicate;
  return message.previous > entry->second ? Verdict::kAfterGap : Verdict::kNext;
}

ChannelPositions::Verdict ChannelPositions::Take(const Message& message) {
  const Verdict verdict = Judge(message);
  if (verdict != Verdict::kDuplicate) last_[message.channel] = message.position;
  return verdict;
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

}  // namespace parley::client
