#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "parley/internal/v1/registry.pb.h"
#include "services/common/ids.h"
#include "services/gateway/hub/roster_port.h"

namespace parley::gateway {

// Which channels the gateway watches, for whom, and what it was told of them. Presence is asked
// anew whenever the stream to it begins; the roster that comes then is compared with the one that
// is known, so that listeners hear of what really changed, whichever replica it comes from.
//
// Pure: no lock, clock or I/O.
class WatchedChannels {
 public:
  struct Telling {
    std::vector<RosterListener*> listeners;
    RosterChange change;
  };

  // A listener may watch a channel several times over, and stops as often.
  void Watch(RosterListener& listener, const ChannelName& channel);
  void Unwatch(RosterListener& listener, const ChannelName& channel);

  // A stream to presence begins: it knows nothing of us.
  void Restart();
  // What to ask next, of at most `channels_max` channels; nothing when all is asked.
  [[nodiscard]] std::optional<internal::v1::WatchChannels> TakeRequest(std::size_t channels_max);
  // Who is to be told what.
  [[nodiscard]] std::vector<Telling> Apply(const internal::v1::RosterUpdate& update);

  // The first so many members as they were told, 0 is all of them. Nothing when the roster is not
  // known as it is now.
  [[nodiscard]] std::optional<RosterReply> Members(const ChannelName& channel,
                                                   std::uint32_t limit) const;

  std::size_t size() const { return watched_.size(); }

 private:
  using Sessions = std::map<UserId, std::uint32_t>;  // Of each member.

  struct Watched {
    std::map<RosterListener*, std::uint32_t> listeners;
    // Nothing before the first roster, and while the channel is so large that only its count is
    // told.
    std::optional<Sessions> members;
    bool current = false;  // They came on this stream, with their numbers of sessions.
    std::optional<std::uint32_t> count;  // What the listeners were told.
  };

  static void ApplyRoster(const internal::v1::RosterChange& news, Watched& watched,
                          RosterChange& change);
  static void ApplyChange(const internal::v1::RosterChange& news, Watched& watched,
                          RosterChange& change);

  std::unordered_map<ChannelName, Watched> watched_;
  // What presence is to be asked; a channel is in one of them at most.
  std::set<ChannelName> to_add_;
  std::set<ChannelName> to_remove_;
};

}  // namespace parley::gateway
