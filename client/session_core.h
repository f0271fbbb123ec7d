#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "client/chance.h"
#include "client/channel_positions.h"
#include "client/memberships.h"
#include "client/outbox.h"
#include "client/reconnect.h"
#include "client/session.h"
#include "client/silence_watch.h"
#include "client/stream_end.h"
#include "parley/v1/chat.pb.h"
#include "services/common/clock.h"

namespace parley::client {

// The decisions of a session: what to send, what to tell, when to leave a server and where to go
// on. No lock, clock, thread or I/O: the shell hands in what happened, with the time, and does what
// `TakeEffects` says. Whatever is asked of it is answered, at the latest at `End`.
class SessionCore final {
 public:
  struct Effects {
    std::vector<v1::ClientFrame> frames{};  // For the stream.
    std::vector<Event> events{};            // For the user.
    bool leaves_stream = false;             // Cancel it; `OnStreamEnd` follows.
  };

  SessionCore(const Options& options, const PositionToken& personal_after, std::uint64_t seed,
              TimePoint now);

  // Told once a server has welcomed the session, or why none will; at the latest after
  // `connect_deadline`.
  [[nodiscard]] std::future<std::optional<Error>> Opened() { return opened_.get_future(); }

  // What users ask.
  [[nodiscard]] std::future<Result<JoinedChannel>> Join(const ChannelName& channel,
                                                        const PositionToken& after, TimePoint now);
  [[nodiscard]] std::future<std::optional<Error>> Leave(const ChannelName& channel, TimePoint now);
  [[nodiscard]] std::future<PublishResult> Publish(Publication publication, TimePoint now);
  [[nodiscard]] const std::shared_future<Result<JoinedChannel>>& personal() const {
    return personal_;
  }
  // Leaves everything, so that the server ends the stream; after that no other is looked for.
  void Close();

  // Streams follow one after the other: where and when the next is opened …
  [[nodiscard]] Reconnect::Attempt NextAttempt();
  void OnStreamBegin(TimePoint now);
  void OnConnected(TimePoint now);  // Frames can leave from now on.
  void OnFrame(v1::ServerFrame& frame, TimePoint now);
  void OnPaused() { silence_.Pause(); }  // Nobody reads until `OnReading`.
  void OnReading(TimePoint now);
  void OnStreamEnd(const StreamEnd& end, TimePoint now);
  // … until this is told.
  const std::optional<Error>& ended() const { return ended_; }

  void OnTime(TimePoint now);
  [[nodiscard]] TimePoint NextDue(TimePoint now) const;
  [[nodiscard]] Effects TakeEffects() { return std::exchange(effects_, {}); }

  bool is_welcome() const { return is_welcome_; }
  const SessionInfo& info() const { return info_; }
  [[nodiscard]] PositionToken LastPosition(const ChannelName& channel) const;
  [[nodiscard]] SessionCounters counters() const;

 private:
  void OnEvent(v1::Event& event, TimePoint now);
  void OnWelcome(const v1::Welcome& welcome, TimePoint now);
  void OnJoined(std::uint64_t ref, const v1::Joined& wire, TimePoint now);
  void OnJoinedAgain(const ChannelName& channel, const JoinedChannel& joined);
  void OnMessage(v1::Message& message);
  void OnGap(Message message);
  void Give(Message message);
  void OnDiscontinuity(const v1::Discontinuity& wire);
  void OnError(std::uint64_t ref, const v1::Error& error, TimePoint now);
  void OnDrain(const v1::Drain& drain, TimePoint now);
  void OnWorking();
  void TellIfResumed(TimePoint now);

  // Sends all that may be sent now.
  void Pump(TimePoint now);
  v1::ClientFrame& NewFrame();
  void LeaveStream(Error why);
  void CheckStream(TimePoint now);
  void OnNotTaken(const Error& why, TimePoint now);
  void End(const Error& error);
  std::optional<Error> Refusal() const;  // Of whatever is asked.

  const Options options_;
  const ChannelName personal_channel_;
  const PositionToken personal_after_;
  const TimePoint open_by_;
  Chance chance_;
  Reconnect reconnect_;
  SilenceWatch silence_;
  Outbox outbox_;
  Memberships memberships_;
  ChannelPositions positions_;
  std::unordered_map<ChannelName, PositionToken> gaps_;  // Where the last one of each began.
  SessionCounters counters_;
  Effects effects_;
  std::promise<std::optional<Error>> opened_;
  std::shared_future<Result<JoinedChannel>> personal_;
  std::uint64_t last_ref_ = 0;
  std::optional<Error> ended_;
  bool is_closing_ = false;
  bool was_welcome_ = false;  // Ever.
  SessionInfo info_;          // The last.
  std::size_t refusals_ = 0;  // Servers that did not take it at first, and what the first of them
  Error refusal_;             // said that answered at all.

  // The present stream.
  Reconnect::Attempt attempt_;
  bool has_stream_ = false;
  bool is_connected_ = false;
  bool is_welcome_ = false;
  bool is_working_ = false;
  TimePoint connect_by_ = TimePoint::max();
  TimePoint leave_at_ = TimePoint::max();  // The server drains.
  std::optional<Error> last_words_;        // The server's about the stream.
  std::optional<Error> leaving_;           // We have given it up.

  // From the loss of a stream until everything is resumed.
  std::optional<TimePoint> lost_at_;
  ServerId lost_;
  Error why_lost_;  // Or why the last attempt failed.
};

}  // namespace parley::client
