#include "client/silence_watch.h"

namespace parley::client {

void SilenceWatch::OnHeard(TimePoint now) {
  asked_ = false;
  due_ = now + silence_max_;
}

SilenceWatch::Verdict SilenceWatch::Check(TimePoint now) {
  if (now < due_) return Verdict::kFine;
  const bool stood_still = now - due_ > silence_max_ / 2;
  if (asked_ && !stood_still) {
    Pause();
    return Verdict::kLost;
  }
  asked_ = true;
  due_ = now + silence_max_;
  return Verdict::kAsk;
}

}  // namespace parley::client
