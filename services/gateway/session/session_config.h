#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "services/common/text.h"

namespace parley::gateway {

// The limits and times of one session.
struct SessionConfig {
  using Milliseconds = std::chrono::milliseconds;

  std::size_t content_bytes_max = kContentBytesMaxDefault;
  int channels_max = 100;
  int publishes_in_flight_max = 256;
  // Requests for stored messages that are not answered yet.
  int reads_in_flight_max = 4;
  std::size_t outbox_bytes_max = 1024 * 1024;

  Milliseconds hello_timeout{5000};
  // After a personal channel was not attached, it is tried again so much later, doubling.
  Milliseconds personal_retry_min{250};
  Milliseconds personal_retry_max{4000};
  // How often a session hears how far its quiet channels have come.
  Milliseconds checkpoint_interval{30'000};

  // How many records of the partition may lie between a resumed position and the end.
  int resume_distance_max = 200'000;
  // The backlog of a resumed channel comes in pages of this size.
  std::uint32_t page_messages_max = 128;
  std::size_t page_bytes_max = 64 * 1024;
  // Pages of different channels that are asked for at a time.
  int pages_in_flight_max = 4;
};

}  // namespace parley::gateway
