#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/common/position.h"

namespace parley::gateway::walk {

// The log, as every router reads it: per partition a row of channel names; the front may be taken
// by retention, and all of it be replaced by a new log.
class ModelLog {
 public:
  ModelLog(Partition partitions, int channels_per_partition)
      : rows_(static_cast<std::size_t>(partitions)),
        starts_(static_cast<std::size_t>(partitions), 0) {
    std::vector<int> missing(rows_.size(), channels_per_partition);
    for (int i = 0; *std::max_element(missing.begin(), missing.end()) > 0; ++i) {
      const ChannelName name("channel-" + std::to_string(i));
      int& left = missing[static_cast<std::size_t>(PartitionOf(name, partitions))];
      if (left-- > 0) channels_.push_back(name);
    }
  }

  // Empty, under a newer epoch, with the same channels.
  void Recreate(Partition partitions) {
    ++epoch_;
    rows_.assign(static_cast<std::size_t>(partitions), {});
    starts_.assign(static_cast<std::size_t>(partitions), 0);
    offsets_.clear();
  }

  LogInfo info() const { return {epoch_, partitions(), 300'000}; }
  Partition partitions() const { return static_cast<Partition>(rows_.size()); }
  const std::vector<ChannelName>& channels() const { return channels_; }
  Partition PartitionFor(const ChannelName& channel) const {
    return PartitionOf(channel, partitions());
  }

  void Append(const ChannelName& channel) {
    std::vector<ChannelName>& row = rows_[Index(PartitionFor(channel))];
    offsets_[channel].push_back(static_cast<Offset>(row.size()));
    row.push_back(channel);
  }
  // Takes what lies before `start`.
  void Retain(Partition partition, Offset start) {
    starts_[Index(partition)] = std::clamp(start, starts_[Index(partition)], End(partition));
  }

  Offset Start(Partition partition) const { return starts_[Index(partition)]; }
  Offset End(Partition partition) const {
    return static_cast<Offset>(rows_[Index(partition)].size());
  }
  const ChannelName& At(Partition partition, Offset offset) const {
    return rows_[Index(partition)][static_cast<std::size_t>(offset)];
  }
  // The channel's offsets, also those that are gone.
  const std::vector<Offset>& Of(const ChannelName& channel) const {
    static const std::vector<Offset> kNone;
    const auto found = offsets_.find(channel);
    return found == offsets_.end() ? kNone : found->second;
  }
  // The channel's offsets with after < offset <= through.
  std::vector<Offset> Between(const ChannelName& channel, Offset after, Offset through) const {
    const std::vector<Offset>& all = Of(channel);
    const auto first = std::upper_bound(all.begin(), all.end(), after);
    const auto last = std::upper_bound(all.begin(), all.end(), through);
    return first < last ? std::vector<Offset>(first, last) : std::vector<Offset>();
  }
  bool AnyBetween(const ChannelName& channel, Offset after, Offset through) const {
    const std::vector<Offset>& all = Of(channel);
    const auto first = std::upper_bound(all.begin(), all.end(), after);
    return first != all.end() && *first <= through;
  }

 private:
  static std::size_t Index(Partition partition) { return static_cast<std::size_t>(partition); }

  LogEpoch epoch_ = 1'700'000'000'000;
  std::vector<std::vector<ChannelName>> rows_;
  std::vector<Offset> starts_;
  std::vector<ChannelName> channels_;
  std::map<ChannelName, std::vector<Offset>> offsets_;
};

}  // namespace parley::gateway::walk
