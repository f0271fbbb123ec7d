#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "parley/v1/chat.grpc.pb.h"

namespace parley::test {

// A client of the public protocol written for tests, on the generated code alone, so that it shares
// nothing with the client library: a stream, a thread that reads it, and a record of everything
// that came.
class Member final {
 public:
  Member(const std::string& address, const std::string& user,
         const std::string& personal_after = "");
  ~Member();

  // Waits for `Joined`. False when an error or the deadline came first.
  [[nodiscard]] bool Join(const std::string& channel, const std::string& after = "");
  // The same without asking to join: of the personal channel.
  [[nodiscard]] bool WaitUntilIn(const std::string& channel);
  // Sends without waiting; the ack is recorded under the id.
  void Publish(const std::string& channel, const std::string& id, const std::string& content,
               bool retry = false);
  void Send(const v1::ClientFrame& frame);

  // Waits until `done` holds of what was recorded.
  using Record = std::vector<v1::Event>;
  [[nodiscard]] bool WaitUntil(const std::function<bool(const Member&)>& done,
                               std::chrono::seconds timeout = std::chrono::seconds(60));

  // What was recorded. Inside `WaitUntil` the lock is held; outside take a copy.
  std::vector<v1::Message> messages() const;
  std::map<std::string, std::string> acks() const;  // Id to position.
  std::vector<v1::Event> others() const;            // Everything else, in order.
  std::size_t message_count() const;
  std::size_t ack_count() const;
  bool ended() const;
  grpc::Status status() const;

 private:
  void ReadAll();

  grpc::ClientContext context_;
  std::unique_ptr<v1::Chat::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ClientFrame, v1::ServerFrame>> stream_;
  std::mutex write_mutex_;

  mutable std::recursive_mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<v1::Message> messages_;
  std::map<std::string, std::string> acks_;
  std::vector<v1::Event> others_;
  bool ended_ = false;
  grpc::Status status_;

  std::thread reader_;  // Last: it uses all of the above.
};

// A channel of its own, so that tests do not share connections.
std::shared_ptr<grpc::Channel> Dial(const std::string& address);

}  // namespace parley::test
