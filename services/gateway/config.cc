#include "services/gateway/config.h"

#include <optional>

#include "services/common/process/options.h"
#include "services/gateway/publish/validate.h"

namespace parley::gateway {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;
constexpr std::size_t kGiB = 1024 * kMiB;

// A content of the largest size must fit into a frame with everything around it, and so must a few
// events into an outbox.
std::optional<std::string> WhatDoesNotFit(const GatewayConfig& config) {
  constexpr std::size_t kAroundContent = 32 * kKiB;
  if (config.session.content_bytes_max + kAroundContent > config.frame_bytes_max) {
    return "--frame-bytes-max must be at least 32KiB more than --content-bytes-max";
  }
  if (config.frame_bytes_max * 4 > config.session.outbox_bytes_max) {
    return "--outbox-bytes-max must be at least four times --frame-bytes-max";
  }
  return std::nullopt;
}

void DescribeLimits(GatewayConfig& config, process::Options& options) {
  constexpr int kMany = 100'000'000;
  SessionConfig& session = config.session;
  options.Section("Limits");
  options.Number("sessions-max", config.sessions_max, 1, kMany, "Sessions at a time.");
  options.Number("session-channels-max", session.channels_max, 1, 100'000,
                 "Channels of one session.");
  options.Number("session-publishes-max", session.publishes_in_flight_max, 1, 100'000,
                 "Publishes of one session that are not acked yet.");
  options.Number("session-reads-max", session.reads_in_flight_max, 1, 1000,
                 "Reads of stored messages of one session that are not answered yet.");
  options.Number("publishes-max", config.publishes_in_flight_max, 1, kMany,
                 "Publishes of all sessions that Kafka has not reported on.");
  options.Size("content-bytes-max", session.content_bytes_max, 1, kMiB,
               "Content of one message; the same on every gateway and router.");
  options.Size("frame-bytes-max", config.frame_bytes_max, kKiB, 4 * kMiB,
               "One frame or request of a client.");
  options.Size("outbox-bytes-max", session.outbox_bytes_max, 16 * kKiB, kGiB,
               "What may wait for one session before it is cut off as a slow reader.");
  options.Size("memory-bytes-max", config.memory_bytes_max, 16 * kMiB, 1024 * kGiB,
               "Memory of gRPC for all clients.");
  options.Number("resume-distance-max", session.resume_distance_max, 1, 1'000'000'000,
                 "Records of a partition over which a position can be resumed.");
}

void DescribeTimes(GatewayConfig& config, process::Options& options) {
  SessionConfig& session = config.session;
  options.Section("Times");
  options.Time("hello-timeout", session.hello_timeout, milliseconds(10), minutes(10),
               "How long a client may take to say hello.");
  options.Time("publish-deadline", config.publish_deadline, milliseconds(10), minutes(10),
               "After so long without a report the outcome of a publish is told as unknown.");
  options.Time("checkpoint-interval", session.checkpoint_interval, milliseconds(10), hours(1),
               "How often sessions are told newer positions of quiet channels.");
  options.Time("write-stall", config.write_stall_max, milliseconds(10), hours(1),
               "A client that takes nothing for so long is cut off.");
  options.Time("drain-announce", config.drain.announce, milliseconds(0), minutes(10),
               "How long clients are still taken in after SIGTERM.");
  options.Time("drain-window", config.drain.window, milliseconds(0), hours(1),
               "Over how long sessions are asked to move.");
  options.Time("drain-linger", config.drain.linger, milliseconds(0), minutes(10),
               "How long a session has to go by itself.");
  options.Time("drain-flush", config.drain.flush, milliseconds(0), minutes(10),
               "How long the last publishes have to reach Kafka.");
}

}  // namespace

void GatewayConfig::Describe(process::Options& options) {
  options.Section("Gateway");
  options.Text("id", id, "Names this gateway; by default the host's name and something random.");
  options.Text("listen", listen, "Address for clients (gRPC).");
  options.Text("link-listen", link_listen, "Address for routers (gRPC).");
  options.Text("admin-listen", admin_listen,
               "Address for /metrics, /healthz, /readyz and /version.");
  options.Text("advertise-grpc", advertise_grpc,
               "Address that clients are told; by default the one that is listened on.");
  options.Text("advertise-link", advertise_link,
               "Address that routers are told; by default the one that is listened on.");
  options.List("presence", presence_addresses, "Presence replicas, as HOST:PORT.");
  options.Number("session-loops", session_loops, 1, 256,
                 "Threads for sessions; one per core is enough.");
  DescribeCompat(options);
  DescribeLimits(*this, options);
  DescribeTimes(*this, options);
  options.Check([this] { return WhatDoesNotFit(*this); });
  link.Describe(options);
  kafka.Describe(options);
}

void GatewayConfig::DescribeCompat(process::Options& options) {
  options.Text("compat-channel", compat_channel,
               "Channel of the clients of chat.Broadcast and chat.Chat, which know no channels.");
  options.Check([this]() -> std::optional<std::string> {
    const auto refusal = ValidateAccess(compat_channel, UserId());
    if (!refusal) return std::nullopt;
    return "--compat-channel: " + refusal->message;
  });
}

}  // namespace parley::gateway
