#pragma once

#include "services/common/clock.h"

namespace parley::client {

// Tells a server that is gone without a word from one that has nothing to say. Pure.
//
// A check that comes much later than it was due shows that this process stood still: what the
// server said meanwhile is not read yet, so it gets its time once more.
class SilenceWatch final {
 public:
  enum class Verdict {
    kFine,
    kAsk,   // Ask for a sign of life.
    kLost,  // It was asked, and none came.
  };

  explicit SilenceWatch(Duration silence_max) : silence_max_(silence_max) {}

  // Something was heard, or can be from now on.
  void OnHeard(TimePoint now);
  // Nobody listens until `OnHeard`.
  void Pause() { due_ = TimePoint::max(); }

  [[nodiscard]] Verdict Check(TimePoint now);
  // When to check next; TimePoint::max() while paused, as it is at first.
  [[nodiscard]] TimePoint NextDue() const { return due_; }

 private:
  const Duration silence_max_;
  TimePoint due_ = TimePoint::max();
  bool asked_ = false;
};

}  // namespace parley::client
