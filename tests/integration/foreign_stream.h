#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace parley::test {

// A client of a foreign service: its generated stream, a thread that reads it, and everything that
// came. `Stream` is grpc::ClientReader<Reply> or grpc::ClientReaderWriter<…, Reply>.
template <class Stream, class Reply>
class ForeignStream final {
 public:
  using Open = std::function<std::unique_ptr<Stream>(grpc::ClientContext*)>;

  // Does not read before `StartReading`.
  explicit ForeignStream(const Open& open) {
    context_.set_wait_for_ready(true);
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(2));
    stream_ = open(&context_);
  }
  ~ForeignStream() {
    context_.TryCancel();
    if (!reader_.joinable()) StartReading();
    reader_.join();
  }

  void StartReading() {
    reader_ = std::thread([this] { ReadAll(); });
  }
  Stream& operator*() { return *stream_; }
  Stream* operator->() { return stream_.get(); }

  // Everything so far, once there are so many; or what there is when the stream ended or a minute
  // is over.
  std::vector<Reply> WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::minutes(1),
                      [&] { return replies_.size() >= count || ended_; });
    return replies_;
  }
  grpc::Status WaitForEnd() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::minutes(1), [&] { return ended_; });
    return ended_ ? status_ : grpc::Status(grpc::StatusCode::INTERNAL, "the stream goes on");
  }

 private:
  void ReadAll() {
    Reply reply;
    while (stream_->Read(&reply)) {
      const std::lock_guard lock(mutex_);
      replies_.push_back(reply);
      changed_.notify_all();
    }
    const grpc::Status status = stream_->Finish();
    const std::lock_guard lock(mutex_);
    status_ = status;
    ended_ = true;
    changed_.notify_all();
  }

  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Reply> replies_;
  bool ended_ = false;
  grpc::Status status_;
  std::thread reader_;  // Last: it uses all of the above.
};

}  // namespace parley::test
