#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/common/ids.h"

namespace parley::client {

class FrameObserver;

struct Options {
  // Gateways, HOST:PORT; any will do, and they are tried in a random order. A name that resolves to
  // several addresses is one of them.
  std::vector<std::string> servers = {"127.0.0.1:50051"};
  UserId user{};
  std::string agent = "parley-cpp";  // This program, for the server's operators.

  // For the first connection and its hello, or that of a single call, whichever server takes it.
  Duration connect_deadline = std::chrono::seconds(5);
  // For a connection to one server, before the next is tried.
  Duration attempt_deadline = std::chrono::seconds(2);
  // The server judges within 5 s. These are longer, so that its verdict, which says more, comes
  // first. A session repeats a publish until its deadline: keep it well below the time within which
  // the log knows a repetition (5 min, unless its operators chose otherwise).
  Duration request_deadline = std::chrono::seconds(8);
  Duration publish_deadline = std::chrono::seconds(8);
  Duration close_deadline =
      std::chrono::seconds(1);  // For the goodbye; then the stream is cancelled.

  // A session that lost its server waits a random time of at most `reconnect_wait_first` before it
  // tries another; the bound doubles each time that all servers were tried, up to
  // `reconnect_wait_max`.
  Duration reconnect_wait_first = std::chrono::milliseconds(500);
  Duration reconnect_wait_max = std::chrono::seconds(20);
  // When nothing was heard for so long, the session asks for a sign of life; when as long again
  // brings none, it gives the server up. A stopped server does not break its connections.
  Duration silence_max = std::chrono::seconds(3);
  // All chance of a session: the order of servers, how long it waits. Nothing: the system's.
  std::optional<std::uint64_t> seed{};

  // What a session holds of events that nobody has taken yet. When either is reached it stops
  // reading, and in the end the server cuts it off as a slow reader.
  std::size_t events_max = 8192;
  std::size_t event_bytes_max = std::size_t{16} * 1024 * 1024;
  // Publishes, joins and leaves without an answer. More are refused at once with ERROR_BUSY; the
  // server's own limit on publishes (`SessionInfo::publishes_in_flight_max`) is kept too.
  std::size_t requests_in_flight_max = 4096;

  FrameObserver* observer = nullptr;  // For tests and diagnostics; outlives the sessions.
};

}  // namespace parley::client
