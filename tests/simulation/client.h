#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/oracle/client_log.h"
#include "tests/simulation/process.h"
#include "tests/simulation/stream.h"

namespace parley::simulation {

class World;

// A client as docs/protocol.md wants it: resumes where it left off, repeats what was not acked, and
// goes to another gateway when its own is gone. Leaves channels and joins them again. Writes down
// all that it does and sees.
class Client final {
 public:
  // In `count` of the channels.
  Client(World& world, const std::string& user, const std::vector<std::string>& channels,
         std::size_t count);
  ~Client();

  void StopPublishing() { publishing_ = false; }
  // Its network is gone for a moment.
  void Disconnect();
  // It takes nothing for so long.
  void StopReading(Duration duration);
  // In all its channels, and nothing unacked.
  bool settled() const;
  // What keeps it from that, for people.
  std::string State() const;
  const oracle::ClientLog& log() const { return log_; }
  std::size_t not_recovered() const { return not_recovered_; }

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

  // Leaves one of its channels and joins it or another one later.
  void LeaveForAWhile();
  void WanderLater();
  void Connect();
  void ConnectLater();
  void OnDown();
  void Send(const edge::v1::ClientFrame& frame);
  void OnFrame(const edge::v1::ServerFrame& frame);
  void OnEvent(const edge::v1::Event& event);
  void OnWelcome();
  void OnJoined(const edge::v1::Joined& joined);
  void OnError(const edge::v1::Error& error);
  void Join(const std::string& channel);
  void PublishNext();
  void SendPublish(Unacked& publish);
  void Watch();
  Unacked* Find(const std::string& id);
  void Forget(const std::string& id);
  oracle::ClientEvent& Note(Kind kind, const std::string& channel, const std::string& id = {},
                            const std::string& position = {});

  World& world_;
  Process process_;
  oracle::ClientLog log_;
  std::map<std::string, Channel> channels_;
  const std::vector<std::string> all_;
  std::vector<std::string> names_;  // Those that it is in or wants to be in.
  std::deque<Unacked> unacked_;
  bool publishing_ = true;
  std::size_t next_id_ = 1;
  std::size_t not_recovered_ = 0;
  Duration backoff_;

  std::shared_ptr<Stream> stream_;  // Null between connections.
  bool welcome_ = false;
  TimePoint heard_at_;
  TimePoint reads_again_at_;
  std::size_t connections_ = 0;
};

}  // namespace parley::simulation
