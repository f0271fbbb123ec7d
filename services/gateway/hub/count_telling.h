#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "parley/edge/v1/chat.pb.h"
#include "services/gateway/session/event_encoding.h"

namespace parley::gateway {

class Session;
struct Membership;

// How many a large channel's members are, told to some of them each turn: to write to thousands of
// streams at once would hold up what others say. What becomes known meanwhile waits until all have
// heard this, and only the newest of it is told then. The first of them hear it sooner, and once
// all have heard everything there are first ones again: a change that comes alone is soon known,
// and changes without end cost little. Lives on one loop.
class CountTelling final {
 public:
  static constexpr std::size_t kFirst = 512;
  static constexpr std::size_t kEachFirstTurn = 32;
  static constexpr std::size_t kEachTurn = 5;
  // Where there are so many members that these would not do, each turn is longer.
  static constexpr std::size_t kTurnsMost = 500;

  // What is told next, in place of what waited for it. Each count has its own number, over all
  // channels, from 1 on.
  void Tell(edge::v1::Event count, std::uint64_t number);

  // Queues the count with a turn's worth of the members who have yet to hear it, and appends their
  // sessions to `told`. Since the last turn members may have come, left and changed places. False:
  // all have heard everything.
  [[nodiscard]] bool Turn(const std::vector<Membership*>& members, std::vector<Session*>& told);

 private:
  struct Count {
    SharedEvent event;
    std::uint64_t number;
  };

  std::unique_ptr<Count> now_;
  std::unique_ptr<Count> next_;
  std::size_t first_left_ = kFirst;
  std::size_t each_turn_ = 0;
  // Who is at this place or behind it was told `now_`, or came after it. The last are told first,
  // for the last takes the place of who leaves.
  std::size_t untold_ = 0;
};

}  // namespace parley::gateway
