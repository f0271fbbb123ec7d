#include "client/recovery.h"

namespace parley::client {

const char* NameOf(Recovery recovery) {
  switch (recovery) {
    case Recovery::kNotAsked:
      return "not_asked";
    case Recovery::kComplete:
      return "complete";
    case Recovery::kExpired:
      return "expired";
    case Recovery::kTooFar:
      return "too_far";
    case Recovery::kOtherEpoch:
      return "epoch";
    case Recovery::kOtherChannel:
      return "channel";
    case Recovery::kOtherPartition:
      return "partition";
    case Recovery::kFuture:
      return "future";
  }
  return "not_asked";
}

}  // namespace parley::client
