#pragma once

#include <cstddef>
#include <functional>
#include <unordered_map>

#include "client/types.h"

namespace parley::client {

// What a session was given of each channel. Pure. One entry per channel that the server delivers.
class ChannelPositions final {
 public:
  enum class Verdict {
    kNext,       // Follows on what came before, as far as anybody knows.
    kAfterGap,   // Something between the last place and this message was not given.
    kDuplicate,  // Was given already.
  };

  [[nodiscard]] Verdict Judge(const Message& message) const;
  // Takes the message as given, unless it is a duplicate.
  Verdict Take(const Message& message);

  // Everything up to the position counts as given. A join sets it, also backwards.
  void Reset(const ChannelName& channel, const PositionToken& position);
  void Advance(const ChannelName& channel, const PositionToken& position);
  void Forget(const ChannelName& channel);

  // Empty when nothing was given.
  [[nodiscard]] PositionToken Last(const ChannelName& channel) const;

 private:
  std::unordered_map<ChannelName, PositionToken> last_;
};

}  // namespace parley::client
