#pragma once

#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "client/channel_positions.h"
#include "client/event_queue.h"
#include "client/requests.h"
#include "client/session.h"
#include "client/stream.h"
#include "parley/v1/chat.grpc.pb.h"
#include "services/common/clock.h"

namespace parley::client {

// The inside of a session: matches answers to requests, follows positions, fills the queue of
// events.
//
// Called by any thread and by the stream's. Locks are taken one at a time but for the queue's
// inside ours.
struct Session::State final : public Stream::Handler {
 public:
  State(std::unique_ptr<v1::Chat::StubInterface> stub, const Options& options);
  ~State() override;

  // Opens the stream and says hello; ends at `deadline`. Once, first.
  [[nodiscard]] std::optional<Error> Open(const PositionToken& personal_after, Duration deadline);

  const SessionInfo& info() const { return info_; }
  [[nodiscard]] std::future<Result<JoinedChannel>> Join(const ChannelName& channel,
                                                        const PositionToken& after);
  [[nodiscard]] Result<JoinedChannel> WaitForPersonalChannel();
  [[nodiscard]] std::future<std::optional<Error>> Leave(const ChannelName& channel);
  [[nodiscard]] std::future<PublishResult> Publish(Publication publication);
  [[nodiscard]] std::optional<Event> Next(Duration timeout) { return events_.Take(timeout); }
  [[nodiscard]] PositionToken LastPosition(const ChannelName& channel) const;
  [[nodiscard]] SessionCounters counters() const;
  void Close();

 private:
  void OnFrame(v1::ServerFrame& frame) override;
  bool MayRead() override;
  TimePoint OnTime(TimePoint now) override;
  void OnEnd(const CallFailure& failure, const std::vector<std::uint64_t>& unsent) override;

  // Registers the request, and sends the frame with its ref; an answer comes in any case.
  void Send(Request request, v1::ClientFrame frame, Duration deadline);

  // These hold mutex_.
  std::optional<Error> Busy(const Request& request) const;
  void OnEvent(v1::Event& event);
  void OnWelcome(std::uint64_t ref, const v1::Welcome& welcome);
  void OnJoined(std::uint64_t ref, const v1::Joined& joined);
  void OnLeft(std::uint64_t ref, const v1::Left& left);
  void OnAck(std::uint64_t ref, const v1::PublishAck& ack);
  void OnError(std::uint64_t ref, const v1::Error& error);
  void OnMessage(v1::Message& message);
  template <class Kind>
  std::optional<Kind> Answered(std::uint64_t ref);

  // Constant after `Open`.
  const Options options_;
  const ChannelName personal_channel_;
  const SystemClock clock_;
  SessionInfo info_;

  EventQueue events_;  // Has its own lock.

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  Requests requests_;
  ChannelPositions positions_;
  SessionCounters counters_;
  std::optional<Error> parting_error_;     // The server's last words, or ours.
  std::optional<JoinedChannel> personal_;  // Once the server has joined it.
  bool ended_ = false;
  std::condition_variable personal_or_end_;

  std::unique_ptr<v1::Chat::StubInterface> stub_;
  Stream stream_;  // Last: its thread uses everything above.
};

}  // namespace parley::client
