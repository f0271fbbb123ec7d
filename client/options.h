#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "services/common/clock.h"
#include "services/common/ids.h"

namespace parley::client {

struct Options {
  std::string server = "127.0.0.1:50051";  // Any gateway.
  UserId user{};
  std::string agent = "parley-cpp";  // This program, for the server's operators.

  Duration connect_deadline = std::chrono::seconds(5);  // Connection and hello together.
  // The server judges within 5 s. These are longer, so that its verdict, which says more, comes
  // first.
  Duration request_deadline = std::chrono::seconds(8);
  Duration publish_deadline = std::chrono::seconds(8);
  Duration close_deadline =
      std::chrono::seconds(1);  // For the goodbye; then the stream is cancelled.

  // What a session holds of events that nobody has taken yet. When either is reached it stops
  // reading, and in the end the server cuts it off as a slow reader.
  std::size_t events_max = 8192;
  std::size_t event_bytes_max = std::size_t{16} * 1024 * 1024;
  // Publishes, joins and leaves without an answer. More are refused at once with ERROR_BUSY; the
  // server's own limit on publishes (`SessionInfo::publishes_in_flight_max`) is kept too.
  std::size_t requests_in_flight_max = 4096;
};

}  // namespace parley::client
