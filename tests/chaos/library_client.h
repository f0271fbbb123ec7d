#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "client/client.h"
#include "tests/chaos/compact_log.h"
#include "tests/chaos/frame_log.h"
#include "tests/chaos/load.h"
#include "tests/simulation/dice.h"

namespace parley::chaos {

// A client that leaves everything to the client library: it joins its channels once, publishes, and
// writes down what the library gives it; beside it stands what the library was sent. A thread of
// its own, from construction to `End`.
class LibraryClient final {
 public:
  LibraryClient(const ClientSettings& settings, const Load& load, const std::string& user,
                const std::vector<std::string>& channels, std::uint64_t seed);
  ~LibraryClient();

  [[nodiscard]] bool settled() const { return settled_; }
  std::string State() const;
  std::size_t acked() const { return acked_; }
  // Leaves for good. What is written down stays.
  void End();

  // After `End`.
  const CompactLog& log() const { return log_; }
  const CompactLog& socket_log() const { return frames_.log(); }
  const std::vector<Attachment>& attachments() const { return attachments_; }
  std::size_t channels() const { return channels_.size(); }
  const client::SessionCounters& counters() const { return counters_; }

 private:
  using Kind = CompactLog::Kind;
  struct Pending {
    std::string id;
    std::string channel;
    std::future<client::PublishResult> result;
  };

  void Run();
  [[nodiscard]] bool Connect();
  [[nodiscard]] bool Join(const std::string& channel, const client::PositionToken& after);
  void PublishIfDue();
  void TakeResults();
  void Attach(const std::string& server);
  void OnEvent(const client::Event& event);

  const ClientSettings& settings_;
  const Load& load_;
  const std::string user_;
  const std::vector<std::string> channels_;
  std::atomic<bool> ending_{false};
  std::atomic<bool> settled_{false};
  std::atomic<std::size_t> unanswered_{0};
  std::atomic<std::size_t> acked_{0};

  // Of its thread.
  simulation::Dice dice_;
  Words words_;
  CompactLog log_;
  FrameLog frames_;
  std::vector<Attachment> attachments_;
  std::deque<Pending> pending_;
  std::map<std::string, client::PositionToken> at_;  // The last that was given, by channel.
  client::SessionCounters counters_;
  std::int64_t publish_at_us_ = 0;
  std::size_t next_id_ = 1;
  bool connected_ = false;
  std::unique_ptr<client::Session> session_;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace parley::chaos
