#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "services/common/rpc/loop.h"
#include "tests/chaos/chat_stream.h"
#include "tests/chaos/silence/arrivals.h"

namespace parley::chaos {

// A stream to one gateway and no other, made again as often as it ends: what it feels is the
// gateway's doing, never a client's. On its loop, where it is made and destroyed.
class PinnedStream : private ChatStream::Listener {
 public:
  PinnedStream(rpc::Loop& loop, std::string address, std::string user);
  ~PinnedStream() override;
  PinnedStream(const PinnedStream&) = delete;
  PinnedStream& operator=(const PinnedStream&) = delete;

 protected:
  virtual void OnWelcome() = 0;
  virtual void OnMessage(const v1::Message& message) = 0;
  virtual void OnError() {}
  // Nothing while there is no stream.
  void Write(v1::ClientFrame frame);
  // In a while, with another stream.
  void BeginAgain();

 private:
  void Connect();
  void OnFrame(const v1::ServerFrame& frame) override;
  void OnEnd(const grpc::Status& status) override;

  rpc::Loop& loop_;
  const std::string address_;
  const std::string user_;
  rpc::Loop::TimerId retry_ = 0;
  std::unique_ptr<ChatStream> stream_;
};

// Says something in one channel every so often, whatever becomes of it.
class Sender final : public PinnedStream {
 public:
  Sender(rpc::Loop& loop, const std::string& address, const std::string& channel,
         std::chrono::milliseconds period);
  ~Sender() override;

 private:
  void OnWelcome() override { welcome_ = true; }
  void OnMessage(const v1::Message& /*message*/) override {}
  void Speak();

  rpc::Loop& loop_;
  const std::string channel_;
  bool welcome_ = false;
  rpc::Loop::TimerId timer_;
};

// Is in all channels and notes what arrives.
class Receiver final : public PinnedStream {
 public:
  Receiver(rpc::Loop& loop, const std::string& address, const std::string& name,
           const std::vector<std::string>& channels, Arrivals& arrivals);

 private:
  struct Channel {
    std::size_t track = 0;
    std::string at;  // Where to resume.
  };

  void OnWelcome() override;
  void OnMessage(const v1::Message& message) override;
  // A gateway that has just started may refuse joins.
  void OnError() override { BeginAgain(); }

  Arrivals& arrivals_;
  std::map<std::string, Channel> channels_;
};

}  // namespace parley::chaos
