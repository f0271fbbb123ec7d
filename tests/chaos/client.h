#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/common/rpc/loop.h"
#include "tests/chaos/chat_stream.h"
#include "tests/chaos/compact_log.h"
#include "tests/chaos/load.h"
#include "tests/simulation/dice.h"

namespace parley::chaos {

// A client as docs/protocol.md wants it, the twin of the simulation's: resumes where it left off,
// repeats what was not acked, and goes to another gateway when its own is gone. Writes down at the
// socket all that it does and sees. Lives on its loop.
class Client final : private ChatStream::Listener {
 public:
  struct Context {
    rpc::Loop& loop;
    Words& words;
    const ClientSettings& settings;
    const Load& load;
  };

  Client(const Context& context, const std::string& user, const std::vector<std::string>& channels,
         std::uint64_t seed);
  ~Client() override;

  // Leaves for good, without a word in the log.
  void End();

  // In all its channels, and nothing unacked; of one that has ended: when it did.
  bool settled() const;
  // What keeps it from that, for people.
  std::string State() const;
  const CompactLog& log() const { return log_; }
  // Each change of what it reads from.
  const std::vector<Attachment>& attachments() const { return attachments_; }
  std::size_t not_recovered() const { return not_recovered_; }
  std::size_t acked() const { return acked_; }
  const std::vector<std::string>& channels() const { return names_; }

 private:
  struct Channel {
    bool wanted = true;
    bool asked = false;
    bool joined = false;
    std::string at;  // Where to resume.
  };
  struct Unacked {
    std::string id;
    std::string channel;
    bool in_flight = false;
    bool maybe_stored = false;
    int attempts = 0;
  };
  using Kind = oracle::ClientEvent::Kind;

  void OnFrame(const v1::ServerFrame& frame) override;
  void OnEnd(const grpc::Status& status) override;

  void Connect();
  void ConnectLater();
  void Break();
  void OnEvent(const v1::Event& event);
  void OnWelcome();
  void OnJoined(const v1::Joined& joined);
  void OnMessage(const v1::Message& message);
  void OnAck(const v1::PublishAck& ack);
  void OnDrain(const v1::Drain& drain);
  void OnError(const v1::Error& error);
  void OnPublishRefused(const v1::Error& error);
  void Join(const std::string& channel);
  void PublishNext();
  void SendPublish(Unacked& publish);
  void Watch();
  // What a person does who is not there all the time.
  void BeRestless();
  void LeaveForAWhile();
  void StopReadingForAWhile();
  Unacked* Find(const std::string& id);
  void Forget(const std::string& id);
  // Runs unless the stream is another one by then.
  void AfterOnThisStream(Duration delay, rpc::Loop::Task task);
  // Timers of a client that is gone do nothing.
  void After(Duration delay, rpc::Loop::Task task);

  const Context context_;
  simulation::Dice dice_;
  CompactLog log_;
  std::vector<Attachment> attachments_;
  const std::string user_;
  const std::string personal_;
  const std::vector<std::string> names_;
  std::map<std::string, Channel> channels_;
  std::deque<Unacked> unacked_;
  std::size_t next_id_ = 1;
  std::size_t not_recovered_ = 0;
  std::size_t acked_ = 0;
  Duration backoff_;

  std::unique_ptr<ChatStream> stream_;  // Null between connections.
  int gateway_ = -1;                    // Of the latest connection.
  std::uint64_t connection_ = 0;
  bool welcome_ = false;
  std::int64_t now_us_ = 0;  // When the frame at hand was read.
  TimePoint heard_at_;
  bool reading_ = true;
  bool settled_at_end_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace parley::chaos
