#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "client/event.h"
#include "client/options.h"
#include "client/recovery.h"
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

struct SessionCounters {
  std::uint64_t messages = 0;
  std::uint64_t duplicates_dropped = 0;
  std::uint64_t gaps = 0;              // Seen; each made the session resume elsewhere.
  std::uint64_t gaps_told = 0;         // Of them, those that this did not fill.
  std::uint64_t streams_lost = 0;      // Left, by whichever side, while they worked.
  std::uint64_t attempts_failed = 0;   // To reach a server.
  std::uint64_t channels_resumed = 0;  // Joined again, and nothing was missing.
  std::uint64_t not_recovered = 0;     // Joined again, and something was.
  std::uint64_t publishes_resent = 0;
  std::uint64_t late_answers = 0;  // Answers to requests that had passed their deadline.
};

// A conversation with any of the servers: made by `Client::Connect`, ended by `Close` or by a
// refusal that no server will lift. When its server is lost, falls silent or says that it drains,
// the session goes on with another by itself: it joins its channels again where they were, and
// sends again what had no ack. Each message is given once and in order all the same; where that
// cannot be kept, a `Discontinuity` or a `Gap` says so.
//
// Every method may be called from any thread, and none waits longer than its deadline, which goes
// on while there is no server. Runs one thread of its own from construction to destruction.
// Destruction closes.
class Session final {
 public:
  struct State;

  explicit Session(std::unique_ptr<State> state);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Of the server that took the session last.
  SessionInfo info() const;

  // Asks for a channel's messages, from now on or after a position. What was published after this
  // returned is delivered, until `Leave` or `ChannelLost`. Asks again when a server cannot now.
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
  // `publish_deadline`. Until then the message is sent again whenever its server is lost or cannot
  // take it now, marked as a retry if an earlier copy may be stored, so that it is shown once.
  //
  // The log keeps the order of a channel's publishes, except that one that had to be sent more than
  // once may come behind those that were on their way beside it. One that a server turned away
  // holds back what was not sent yet.
  [[nodiscard]] std::future<PublishResult> Publish(Publication publication);

  // The next event. Nothing when none came in time. Once the session has ended and all was taken it
  // is `Closed`, always.
  [[nodiscard]] std::optional<Event> Next(Duration timeout);

  // The last place of the channel that this session was given, by a message, a join or a
  // checkpoint; empty when the channel is not joined. Counts what was received, also if `Next` has
  // not handed it out yet. That of the personal channel is for `Client::Connect`, others for
  // `Join`; of another session, that is: this one resumes by itself.
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
