#pragma once

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "client/event_queue.h"
#include "client/session.h"
#include "client/session_core.h"
#include "client/stream.h"
#include "services/common/clock.h"

namespace parley::client {

// The shell of a session: a thread that waits and serves one stream after the other, a lock around
// the core, the queue of events.
//
// Called by any thread and by its own. Locks are taken one at a time, but for the queue's and the
// stream's inside ours.
struct Session::State final : public Stream::Handler {
 public:
  State(const Options& options, const PositionToken& personal_after);
  ~State() override;

  // Returns when a server has welcomed the session, or why none will. Once, first.
  [[nodiscard]] std::optional<Error> Open();

  [[nodiscard]] SessionInfo info() const;
  [[nodiscard]] std::future<Result<JoinedChannel>> Join(const ChannelName& channel,
                                                        const PositionToken& after);
  [[nodiscard]] Result<JoinedChannel> WaitForPersonalChannel() const;
  [[nodiscard]] std::future<std::optional<Error>> Leave(const ChannelName& channel);
  [[nodiscard]] std::future<PublishResult> Publish(Publication publication);
  [[nodiscard]] std::optional<Event> Next(Duration timeout) { return events_.Take(timeout); }
  [[nodiscard]] PositionToken LastPosition(const ChannelName& channel) const;
  [[nodiscard]] SessionCounters counters() const;
  void Close();

 private:
  void OnConnected() override;
  void OnFrame(v1::ServerFrame& frame) override;
  bool MayRead() override;
  TimePoint OnTime(TimePoint now) override;
  void ResumeReading();

  void Run();
  // The server to try, when its time has come; nothing: the session has ended.
  std::optional<std::string> WaitForAttempt();
  void Serve(const std::string& server);
  void Flush();  // Does what the core wants. Holds mutex_.

  const Options options_;
  const SystemClock clock_;
  EventQueue events_;  // Has its own lock.

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable changed_;  // While there is no stream.
  SessionCore core_;
  Stream* stream_ = nullptr;

  std::mutex joining_;  // Held while the thread is joined.
  std::thread thread_;  // Last: uses everything above.
};

}  // namespace parley::client
