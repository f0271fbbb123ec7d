#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "client/chance.h"
#include "client/types.h"
#include "parley/v1/chat.pb.h"
#include "services/common/clock.h"

namespace parley::client {

// The publishes of a session that have no final answer yet: what may be sent now, what must be sent
// again, and what is known of each when its time is over. No lock; time is passed in.
//
// The publishes of a channel are handed out in their order. One that a server turned away for now
// waits, and until it is acked or given up no later one of its channel is handed out; what was on
// its way beside it is not called back. A lost stream turns nothing away: all that was on it is
// handed out again, in order.
class Outbox final {
 public:
  Outbox(const Backoff& backoff, Chance& chance) : backoff_(backoff), chance_(chance) {}

  void Add(Publication publication, std::promise<PublishResult> answer, TimePoint due);
  // The first that may be sent now; it is in flight then, under this ref. False: none may.
  [[nodiscard]] bool Next(TimePoint now, std::uint64_t ref, v1::Publish& wire);

  // The answer to a ref; false when nobody waits for it any more. `outcome` is what the error says
  // of the copy that it answers.
  bool OnAck(std::uint64_t ref, const PositionToken& position);
  bool OnError(std::uint64_t ref, const Error& error, Outcome outcome, TimePoint now);
  // No more answers come to what is in flight. `unsent`: the refs of copies that never left.
  void OnStreamEnd(const std::vector<std::uint64_t>& unsent);

  void OnTime(TimePoint now);  // Gives up what is due.
  void GiveUpAll(const Error& error);
  // When `OnTime` or, if there is a stream, `Next` has something to do.
  [[nodiscard]] TimePoint NextDue(TimePoint now) const;

  std::size_t size() const { return entries_.size(); }
  std::size_t in_flight() const { return in_flight_.size(); }
  std::uint64_t resent() const { return resent_; }  // Copies after the first.

 private:
  using Number = std::uint64_t;  // In the order of `Add`.
  struct Entry {
    Publication publication;
    std::promise<PublishResult> answer;
    TimePoint due;
    std::uint64_t ref = 0;      // 0: not in flight.
    bool maybe_stored = false;  // By a copy whose outcome nobody will tell.
    std::uint32_t attempts = 0;
    Error error{};  // Why it was turned away last.
  };
  // The publishes of one channel.
  struct Lane {
    std::set<Number> turned_away{};  // And not acked since.
    TimePoint waits_until{};
    std::size_t failures = 0;  // Without an ack between them.
    std::size_t size = 0;
  };
  using Entries = std::map<Number, Entry>;

  Entries::iterator Find(std::uint64_t ref);
  void TurnAway(Number number, Entry& entry, TimePoint now);
  void Finish(Entries::iterator entry, Outcome outcome, const PositionToken& position,
              const Error& error);
  void GiveUp(Entries::iterator entry, Error error);

  const Backoff backoff_;
  Chance& chance_;
  Number last_number_ = 0;
  std::uint64_t resent_ = 0;
  Entries entries_;
  std::unordered_map<ChannelName, Lane> lanes_;
  std::unordered_map<std::uint64_t, Number> in_flight_;  // By ref.
  std::set<Number> waiting_;                             // Those not in flight.
  std::set<std::pair<TimePoint, Number>> by_due_;
};

}  // namespace parley::client
