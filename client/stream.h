#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>

#include "client/errors.h"
#include "parley/v1/chat.grpc.pb.h"
#include "services/common/clock.h"

namespace parley::client {

// Frames over one `Chat.Connect` stream: one read and one write in flight, what is to be written
// waits in order.
//
// `Run` serves the stream and the time on the thread that calls it, until the stream is over.
// Everything else may be called by any thread while the stream exists, and blocks nobody.
class Stream final {
 public:
  // What the stream tells; on its thread, without its lock.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void OnConnected() = 0;
    virtual void OnFrame(v1::ServerFrame& frame) = 0;
    // Asked before each further read. After a no, `ResumeReading` reads on.
    virtual bool MayRead() = 0;
    // Does what is due and returns when the next thing will be.
    virtual TimePoint OnTime(TimePoint now) = 0;
  };

  Stream(v1::Chat::StubInterface& stub, const Clock& clock, Handler& handler);

  CallFailure Run();                                     // Once.
  bool was_connected() const { return was_connected_; }  // After `Run`.

  // Sends the frame behind all others. What is written when it is over is unsent.
  void Write(v1::ClientFrame frame);
  void ResumeReading();
  // Something is due then: `OnTime` runs in time for it.
  void WakeBy(TimePoint due);
  void Cancel();
  // Sends what waits, half-closes, and cancels at `deadline` what has not ended by then.
  void Close(Duration deadline);
  // The refs of frames that were never given to gRPC; after `Run`.
  [[nodiscard]] std::vector<std::uint64_t> TakeUnsent();

 private:
  enum class Tag : std::size_t { kStarted, kRead, kWritten, kWritesDone, kFinished, kWoken };

  void* Raw(Tag tag) { return &tags_[static_cast<std::size_t>(tag)]; }

  TimePoint WaitUntil();
  void Handle(Tag tag, bool ok);
  void AfterStart(bool ok);
  void AfterRead(bool ok);
  void End();
  // These hold mutex_.
  void StartRead();
  void StartWrite();
  void StartFinish();
  void Wake();

  v1::Chat::StubInterface& stub_;
  const Clock& clock_;
  Handler& handler_;
  // gRPC hands a tag's address back when what it names is done.
  std::array<Tag, 6> tags_ = {Tag::kStarted,    Tag::kRead,     Tag::kWritten,
                              Tag::kWritesDone, Tag::kFinished, Tag::kWoken};
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientAsyncReaderWriterInterface<v1::ClientFrame, v1::ServerFrame>> call_;
  v1::ServerFrame frame_;  // Being read.
  grpc::Status status_;
  bool was_connected_ = false;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::deque<v1::ClientFrame> outbox_;
  grpc::Alarm alarm_;
  TimePoint waits_until_ = TimePoint::max();
  TimePoint cancel_at_ = TimePoint::max();
  bool started_ = false;
  bool reading_ = false;
  bool writing_ = false;
  bool half_closed_ = false;
  bool finishing_ = false;
  bool waking_ = false;
  bool closing_ = false;
  bool over_ = false;
};

}  // namespace parley::client
