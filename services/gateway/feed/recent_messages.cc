#include "services/gateway/feed/recent_messages.h"

#include <iterator>
#include <utility>

#include "services/gateway/feed/channel_ring.h"
#include "services/gateway/hub/delivered_message.h"

namespace parley::gateway {
namespace {

// The content once as it came and once in an encoding, and what the objects around it take.
std::size_t BytesHeld(const DeliveredMessage& message) {
  return 2 * message.message().content.size() + sizeof(DeliveredMessage) + 256;
}

}  // namespace

void RecentMessages::Add(ChannelRing& ring, MessagePtr message) {
  const std::size_t bytes = BytesHeld(*message);
  entries_.push_back({&ring, std::move(message), bytes});
  bytes_ += bytes;
  ring.places_.push_back(std::prev(entries_.end()));
  while (bytes_ > config_.recent_bytes_max) {
    ++evicted_;
    entries_.front().ring->DropOldest();
  }
}

void RecentMessages::Remove(Place place) {
  bytes_ -= place->bytes;
  entries_.erase(place);
}

}  // namespace parley::gateway
