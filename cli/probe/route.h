#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/probe/addresses.h"
#include "client/client.h"
#include "services/common/clock.h"

namespace parley::cli {

enum class ProbeOutcome {
  kDelivered,
  kLost,         // Acked, and not received in time.
  kNotStored,    // Refused or never sent, and not received.
  kUnknown,      // Neither acked nor received.
  kUnreachable,  // There was no route.
};

struct ProbeResult {
  ProbeOutcome outcome = ProbeOutcome::kUnreachable;
  std::optional<Duration> acked{};      // From sending to the ack.
  std::optional<Duration> delivered{};  // From sending to receiving.
  std::string why{};                    // What is known of what went wrong.
};

// A channel, somebody who sends to it through one gateway, and somebody who receives from it
// through another. Used by one thread.
class Route final {
 public:
  // Connects both. Throws nothing: `trouble` says what failed.
  Route(const client::Options& options, const Sides& sides, ChannelName channel, Duration timeout);

  // Nothing: it is open.
  const std::optional<std::string>& trouble() const { return trouble_; }
  // The gateways' names for people: `gateway-1 -> gateway-2`.
  [[nodiscard]] std::string Name() const;

  // Sends a message and waits until it comes out again, at most for the timeout.
  [[nodiscard]] ProbeResult Send();

 private:
  std::unique_ptr<client::Session> Connect(client::Options options,
                                           const std::vector<std::string>& servers);
  std::optional<Duration> Receive(const MessageId& id, TimePoint start);

  const SystemClock clock_;
  const ChannelName channel_;
  const Duration timeout_;
  std::optional<std::string> trouble_;
  std::unique_ptr<client::Session> receiver_;
  std::unique_ptr<client::Session> sender_;
};

}  // namespace parley::cli
