#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cli/chat/wakeup.h"
#include "cli/connection.h"
#include "client/client.h"

namespace parley::cli {

// One channel that a chat is in: what both kinds of chat, on a terminal and in a pipe, have in
// common. Sends without waiting and remembers what has no ack yet.
//
// Used by one thread, with a thread of its own that hands events to `on_event`, from `Enter` to
// destruction.
class Room final {
 public:
  explicit Room(const Connection& connection);
  ~Room();

  // Connects and joins. Nothing: fine.
  [[nodiscard]] std::optional<client::Error> Enter();
  // Starts to hand out events. The last is `Closed`; `ended` becomes readable then.
  void Listen(std::function<void(const client::Event&)> on_event);
  const Wakeup& ended() const { return ended_; }

  // The last messages from before the join, oldest first.
  [[nodiscard]] client::Result<client::HistoryPage> Recent(std::uint32_t limit);
  [[nodiscard]] client::Result<client::MemberList> Members();

  // Waits for room when as much as the server allows is without an ack.
  void Say(std::string content) { Say(connection_.channel_name(), std::move(content)); }
  void Say(const ChannelName& channel, std::string content);
  bool has_unacked() const { return !unacked_.empty(); }
  // The publishes that have an answer by now, without waiting.
  [[nodiscard]] std::vector<client::PublishResult> TakeAnswered();
  // All, waiting for each to its deadline at most.
  [[nodiscard]] std::vector<client::PublishResult> TakeAll();

  // Says goodbye. Events end.
  void Close();

 private:
  const Connection& connection_;
  client::Client client_;
  std::unique_ptr<client::Session> session_;
  client::PositionToken joined_at_;
  std::deque<std::future<client::PublishResult>> unacked_;
  std::vector<client::PublishResult> answered_;  // While `Say` waited.
  Wakeup ended_;
  std::thread listener_;  // Last: uses what stands above.
};

}  // namespace parley::cli
