#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "services/common/ids.h"

namespace parley::presence {

// How far the log is read, compared with how far it is known to go. Pure.
class LogProgress {
 public:
  explicit LogProgress(Partition partitions) : partitions_(static_cast<std::size_t>(partitions)) {}

  Partition partitions() const { return static_cast<Partition>(partitions_.size()); }

  // Everything before `next` has been read.
  void ReadTo(Partition partition, Offset next) {
    auto& read = partitions_.at(static_cast<std::size_t>(partition)).read;
    read = std::max(read, next);
  }
  // The log went up to `end` when somebody looked.
  void Expect(Partition partition, Offset end) {
    partitions_.at(static_cast<std::size_t>(partition)).end = end;
  }
  // The partition is read from its beginning again.
  void StartAgain(Partition partition) { partitions_.at(static_cast<std::size_t>(partition)) = {}; }

  // Where to go on reading; -1 is the beginning.
  Offset NextOf(Partition partition) const {
    return partitions_.at(static_cast<std::size_t>(partition)).read;
  }
  bool AtEnd() const {
    return std::all_of(partitions_.begin(), partitions_.end(), [](const Place& place) {
      return place.read >= 0 && place.end >= 0 && place.read >= place.end;
    });
  }

 private:
  struct Place {
    Offset read = -1;
    Offset end = -1;
  };

  std::vector<Place> partitions_;
};

}  // namespace parley::presence
