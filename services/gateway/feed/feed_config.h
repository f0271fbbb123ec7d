#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace parley::gateway {

// Every time and limit of the feed.
struct FeedConfig {
  using Milliseconds = std::chrono::milliseconds;

  // What hubs ask for is answered by then, if only with "try again".
  Milliseconds attach_deadline{5000};
  Milliseconds read_deadline{5000};
  // A router that has not answered a read by then is asked no further; the next one is.
  Milliseconds read_attempt_deadline{2000};
  // How long a read waits after a router that was busy.
  Milliseconds read_retry_delay{100};

  // A link that has been quiet for longer counts as dead. Routers send something every 250 ms.
  Milliseconds link_silence_max{1000};
  // How long a partition without a server waits for somebody to claim it before any router is asked
  // to adopt it.
  Milliseconds claim_wait{1000};
  // Claims move a partition at most this often.
  Milliseconds move_interval{1000};
  // A router that has not answered a `Serve` by then is passed over. Doubles with each round of all
  // routers, so that routers that are all slow get the time that they need.
  Milliseconds serve_answer_deadline{500};
  Milliseconds serve_answer_deadline_max{4000};
  // How long a router that was passed over is not asked again for that partition while there are
  // others.
  Milliseconds pass_over_time{10000};
  // A server sends each partition something every second; one that forgot it is passed over.
  Milliseconds deliver_silence_max{5000};
  // An `Add` that is not answered by then is asked again as part of a new `Serve`.
  Milliseconds add_answer_deadline{2000};
  // The first hole is asked for again at once, the next ones after a delay that doubles; forgotten
  // after a quiet while.
  Milliseconds hole_backoff_first{50};
  Milliseconds hole_backoff_max{2000};
  Milliseconds hole_memory{10000};
  // How often hubs that got no message of a partition hear how far it has come.
  Milliseconds progress_interval{1000};

  // Beyond these a link or an attach is refused, and a read is answered with "busy".
  std::size_t links_max = 1000;
  std::size_t channels_max = 250'000;  // Every user who is here brings a personal one.
  std::size_t reads_max = 10'000;
  // What one page may hold, whatever is asked for.
  std::uint32_t page_messages_max = 1000;
  std::size_t page_bytes_max = 1024 * 1024;
  // Recent messages kept for pages: per channel, and bytes over all channels. The oldest go first.
  std::size_t recent_messages_per_channel_max = 256;
  std::size_t recent_bytes_max = std::size_t{64} * 1024 * 1024;
};

}  // namespace parley::gateway
