#pragma once

#include <cstddef>
#include <cstdint>
#include <list>

#include "services/gateway/feed/feed_config.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

class ChannelRing;

// The bound that all rings share: keeps their messages in the order of arrival, and takes the
// oldest from its ring when there are too many bytes.
class RecentMessages final {
 public:
  struct Entry {
    ChannelRing* ring;
    MessagePtr message;
    std::size_t bytes;
  };
  using Place = std::list<Entry>::iterator;

  explicit RecentMessages(const FeedConfig& config) : config_(config) {}

  const FeedConfig& config() const { return config_; }
  std::size_t bytes() const { return bytes_; }
  std::uint64_t evicted() const { return evicted_; }

  // May take messages from any ring, also from this one.
  void Add(ChannelRing& ring, MessagePtr message);
  void Remove(Place place);

 private:
  const FeedConfig& config_;
  std::list<Entry> entries_;  // Oldest first.
  std::size_t bytes_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace parley::gateway
