#pragma once

#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "parley/internal/v1/link.pb.h"
#include "services/common/clock.h"
#include "services/gateway/feed/router_sink.h"
#include "tests/unit/gateway/feed/walk/model_log.h"
#include "tests/unit/gateway/feed/walk/plant.h"

namespace parley::gateway::walk {

using internal::v1::GatewayFrame;
using internal::v1::RouterFrame;
using Random = std::mt19937_64;

// A router with its link to the one gateway: both queues, what it serves, and levers for what can
// go wrong with it.
class ModelRouter {
 public:
  ModelRouter(std::string id, const ModelLog& log, Random& random, Plant plant)
      : id_(std::move(id)), log_(log), random_(random), plant_(plant) {}

  const std::string& id() const { return id_; }
  const std::optional<LinkId>& link() const { return link_; }
  bool leaving() const { return leaving_; }
  std::deque<GatewayFrame>& in() { return in_; }
  std::deque<RouterFrame>& out() { return out_; }

  void Up(LinkId link, TimePoint now);
  // Everything that the router knew of this link is gone, with what was under way.
  void Down();
  // It has started anew on a new log: what it had read is gone too.
  void Restart();

  // Levers.
  bool stopped = false;              // SIGSTOP: the connection stays, nothing moves.
  bool healthy = false;              // No lag, no faults, never busy.
  void Rewind(Partition partition);  // Sends again what it has sent: its own mistake.
  void Skip(Partition partition);    // Leaves something out: its own mistake.
  void ForgetServe(Partition partition) { serves_.erase(partition); }
  void Leave();
  void Claim(std::set<Partition> partitions);

  void HandleOne();
  // Sends up to `records_max` records of the log's next stretch. False when it does not serve the
  // partition.
  bool Deliver(Partition partition, int records_max);
  // Serves it, and has not yet answered or not yet sent all that there is.
  [[nodiscard]] bool Behind(Partition partition) const;
  void Pulse(TimePoint now);

 private:
  struct Serving {
    std::uint64_t serve = 0;
    Offset pointer = -1;
    bool answered = false;
    std::set<std::string> channels;
  };

  int Pick(int below) { return static_cast<int>(random_() % static_cast<std::uint64_t>(below)); }
  // How far this router has read.
  Offset Stand(Partition partition);
  void Answer(const internal::v1::Read& read);
  void AnswerForward(const internal::v1::Read& read, internal::v1::ReadAnswer& answer) const;
  void AnswerBackward(const internal::v1::Read& read, internal::v1::ReadAnswer& answer) const;
  static void Fill(internal::v1::LinkRecord& record, const std::string& channel, Offset offset);

  const std::string id_;
  const ModelLog& log_;
  Random& random_;
  const Plant plant_;
  std::optional<LinkId> link_;
  bool leaving_ = false;
  std::deque<GatewayFrame> in_;
  std::deque<RouterFrame> out_;
  std::map<Partition, Serving> serves_;
  std::map<Partition, Offset> stands_;
  TimePoint pulsed_;
};

}  // namespace parley::gateway::walk
