#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <optional>
#include <unordered_map>
#include <vector>

#include "client/chance.h"
#include "client/recovery.h"
#include "client/types.h"
#include "services/common/clock.h"

namespace parley::client {

// The channels that a session wants to be in, and what it has asked of the present stream for their
// sake. No lock; time is passed in. Positions are kept elsewhere.
//
// The first join of a channel is somebody's request: it ends by its deadline. Once it was joined
// the channel stays wanted until it is left or refused for good.
class Memberships final {
 public:
  using Answer = std::promise<Result<JoinedChannel>>;
  using LeaveAnswer = std::promise<std::optional<Error>>;

  // A join to send. `after` counts for the first join of a channel; later ones resume.
  struct Asking {
    ChannelName channel{};
    PositionToken after{};
    bool resumes = false;
  };
  enum class Entry {
    kUnasked,  // An answer that nobody waits for.
    kFirst,
    kAgain,
  };
  enum class Refusal {
    kUnasked,
    kTold,   // Whoever asked knows.
    kLater,  // Is asked again.
    kLost,   // A channel that was joined once is wanted no more.
  };

  Memberships(const Backoff& backoff, Chance& chance) : backoff_(backoff), chance_(chance) {}

  // The server joins it unasked on every stream; it cannot be left.
  void WantUnasked(const ChannelName& channel, Answer answer);
  // False, and no answer: the channel is wanted already.
  [[nodiscard]] bool Want(const ChannelName& channel, const PositionToken& after, Answer& answer,
                          TimePoint due);
  // The channel is wanted no more. True: a leave has to be sent under this ref, whose end answers;
  // false: it is answered.
  [[nodiscard]] bool Leave(const ChannelName& channel, std::uint64_t ref, LeaveAnswer answer,
                           TimePoint due);

  // The next join to send; it is asked then, under this ref.
  [[nodiscard]] std::optional<Asking> Next(TimePoint now, std::uint64_t ref);
  Entry OnJoined(const ChannelName& channel, std::uint64_t ref, const JoinedChannel& joined);
  bool OnLeft(std::uint64_t ref);
  // The channel that was refused goes to `channel`.
  Refusal OnRefused(std::uint64_t ref, const Error& error, TimePoint now, ChannelName& channel);
  void OnStreamEnd();

  // Gives up what is due; the channels of these joins have to be left, if there is a stream.
  [[nodiscard]] std::vector<ChannelName> OnTime(TimePoint now);
  void GiveUpAll(const Error& error);
  [[nodiscard]] TimePoint NextDue(TimePoint now) const;

  // On the present stream.
  [[nodiscard]] bool IsIn(const ChannelName& channel) const;
  [[nodiscard]] bool IsInAllThatWereJoined() const;
  [[nodiscard]] std::vector<ChannelName> Joined() const;
  std::size_t requests() const { return unanswered_ + leaves_.size(); }

 private:
  enum class State { kOut, kAsked, kIn };
  struct Membership {
    PositionToken after{};
    std::optional<Answer> answer{};  // Until the first join is answered.
    TimePoint due = TimePoint::max();
    bool is_unasked = false;
    bool was_in = false;  // On this or an earlier stream.
    State state = State::kOut;
    std::uint64_t ref = 0;
    TimePoint waits_until{};
    std::size_t failures = 0;  // On this stream.
    Error error{};             // Why it was put off last.
  };
  struct Leaving {
    LeaveAnswer answer;
    TimePoint due;
  };

  void Tell(Membership& membership, const Result<JoinedChannel>& result);

  const Backoff backoff_;
  Chance& chance_;
  std::unordered_map<ChannelName, Membership> wanted_;
  std::unordered_map<std::uint64_t, Leaving> leaves_;  // By ref.
  std::size_t unanswered_ = 0;                         // Joins by request.
};

}  // namespace parley::client
