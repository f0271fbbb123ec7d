#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "client/event.h"
#include "client/options.h"
#include "client/types.h"

namespace parley::client {

// What the server said on hello.
struct SessionInfo {
  std::string session_id{};
  ServerId server{};
  std::uint32_t content_bytes_max = 0;
  std::uint32_t channels_max = 0;
  std::uint32_t publishes_in_flight_max = 0;
};

// What became of a join that named a position.
enum class Recovery {
  kNotAsked,
  kComplete,  // Everything after the position follows.
  kExpired,
  kTooFar,
  kOtherEpoch,
  kOtherChannel,
  kOtherPartition,
  kFuture,
};

// "complete", "expired" …
[[nodiscard]] const char* NameOf(Recovery recovery);

struct JoinedChannel {
  PositionToken position{};
  Recovery recovery = Recovery::kNotAsked;
};

struct SessionCounters {
  std::uint64_t messages = 0;
  std::uint64_t gaps = 0;
  std::uint64_t duplicates_dropped = 0;
  std::uint64_t late_answers = 0;  // Answers to requests that had passed their deadline.
};

// One stream to one gateway: made by `Client::Connect`, ended by `Close`, by the server or by a
// lost connection. It does not reconnect; `LastPosition` is where another session goes on.
//
// Every method may be called from any thread, and none waits longer than its deadline. Runs one
// thread of its own from construction to destruction. Destruction closes.
class Session final {
 public:
  struct State;

  explicit Session(std::unique_ptr<State> state);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const SessionInfo& info() const;

  // Asks for a channel's messages, from now on or after a position. What was published after this
  // returned is delivered.
  [[nodiscard]] Result<JoinedChannel> Join(const ChannelName& channel,
                                           const PositionToken& after = {});
  // The server joins the user's personal channel, `@user`, by itself: direct messages to and from
  // the user are messages of it. Waits for that, and tells what a join would; at the latest after
  // `request_deadline`, though the server tries on. The channel is neither joined nor left by
  // request.
  [[nodiscard]] Result<JoinedChannel> WaitForPersonalChannel();
  // Nothing: done.
  [[nodiscard]] std::optional<Error> Leave(const ChannelName& channel);

  // Sends a message and returns at once; the future is ready at the latest after
  // `publish_deadline`. Order is kept.
  [[nodiscard]] std::future<PublishResult> Publish(Publication publication);

  // The next event. Nothing when none came in time. Once the session has ended and all was taken it
  // is `Closed`, always.
  [[nodiscard]] std::optional<Event> Next(Duration timeout);

  // The last place of the channel that this session was given, by a message, a join or a
  // checkpoint; empty when the channel is not joined. Counts what was received, also if `Next` has
  // not handed it out yet. That of the personal channel is for `Client::Connect`, others for
  // `Join`.
  [[nodiscard]] PositionToken LastPosition(const ChannelName& channel) const;
  [[nodiscard]] SessionCounters counters() const;

  // Says goodbye and waits for it, at most `close_deadline`. Publishes that were not sent are
  // `kNotStored`, those without an answer `kUnknown`. What `Next` has not handed out stays, with
  // `Closed` behind it. Wakes every waiting call.
  void Close();

 private:
  std::unique_ptr<State> state_;
};

}  // namespace parley::client
