#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "services/common/clock.h"
#include "services/router/core_config.h"
#include "services/router/feed/frame.h"
#include "services/router/history/history_scan.h"
#include "services/router/tail/channel_table.h"

namespace parley::router {

class LinkCore;
class PartitionCore;

// One partition on one link: the pointer that says how far the gateway has been fed, and what it
// wants. The pointer moves on as the link drains, from the tail or, behind it, from history;
// nothing is queued for a slow link. Pure.
class Serve final {
 public:
  Serve(LinkCore& link, PartitionCore& partition, const LinkConfig& config,
        RouterCounters& counters, const internal::v1::Serve& request);
  ~Serve();
  Serve(const Serve&) = delete;
  Serve& operator=(const Serve&) = delete;

  // Tells the partition. After it has been placed in its link.
  void Begin();

  Partition partition() const;
  std::uint64_t number() const { return number_; }
  std::size_t channels() const { return wanted_.size(); }
  // What lies before it the gateway has handed on.
  Offset begins_at() const { return cursor_.value_or(-1) + 1; }

  void Add(const std::string& channel, std::uint64_t add);
  void Remove(const std::string& channel);

  // The partition is ready, or has more.
  void OnAdvance();

  // What to send now, if anything.
  [[nodiscard]] std::optional<Frame> Next(TimePoint now);

  bool due(TimePoint now) const { return started_ && now - sent_at_ >= config_.deliver_interval; }

 private:
  struct PendingAdd {
    std::string channel;
    std::uint64_t add;
  };

  void Start();
  void AnswerAdd(const std::string& channel, std::uint64_t add);
  // Everything wanted up to here is told, or on its way in what comes next.
  Offset Reached() const;
  void AskHistory();
  void DropHistory();
  void OnPage(HistoryPage page);
  Frame Deliver(RecordRuns records, Offset through, TimePoint now);

  LinkCore& link_;
  PartitionCore& partition_;
  const LinkConfig config_;
  RouterCounters& counters_;
  const std::uint64_t number_;
  const std::optional<Offset> cursor_;
  ChannelSet wanted_;

  bool started_ = false;
  bool answered_ = false;
  std::vector<PendingAdd> adds_;  // Until the pointer has a place.
  Offset told_ = -1;              // `through` of the last Deliver.
  Offset seen_ = -1;              // Nothing wanted lies between `told_` and this.
  TimePoint sent_at_;
  std::optional<HistoryScan::JobId> job_;
  std::optional<HistoryPage> page_;
};

}  // namespace parley::router
