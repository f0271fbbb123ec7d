#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include <grpcpp/support/server_callback.h>

#include "parley/v1/chat.pb.h"

namespace parley::client {

// One stream of the fake server. gRPC owns it until `OnDone`.
class FakeSession final : public grpc::ServerBidiReactor<v1::ClientFrame, v1::ServerFrame> {
 public:
  struct Handler {
    std::function<void(FakeSession&, const v1::ClientFrame&)> on_frame;
    std::function<void(FakeSession&)> on_half_close;
    std::function<void(FakeSession&)> on_done;
  };

  explicit FakeSession(Handler handler);

  void Tell(v1::Event event);
  // Says what waits, then ends the stream.
  void End(grpc::Status status);

  // The fake server's, under its lock.
  std::string user;
  std::set<std::string> channels;
  bool half_closed = false;

 private:
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void WriteOrFinish();  // Holds mutex_.

  const Handler handler_;
  v1::ClientFrame incoming_;

  // Guarded by mutex_.
  std::mutex mutex_;
  std::deque<v1::ServerFrame> outbox_;
  bool writing_ = false;
  bool ending_ = false;
  bool finished_ = false;
  grpc::Status status_;
};

}  // namespace parley::client
