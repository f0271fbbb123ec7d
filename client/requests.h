#pragma once

#include <cstddef>
#include <cstdint>
#include <future>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "client/session.h"
#include "client/types.h"
#include "services/common/clock.h"

namespace parley::client {

// What a session has asked and somebody waits for.
struct HelloRequest {
  std::promise<Result<SessionInfo>> answer{};
};
struct JoinRequest {
  std::promise<Result<JoinedChannel>> answer{};
};
struct LeaveRequest {
  std::promise<std::optional<Error>> answer{};
};
struct PublishRequest {
  std::promise<PublishResult> answer{};
  ChannelName channel{};
  MessageId id{};
};
using Request = std::variant<HelloRequest, JoinRequest, LeaveRequest, PublishRequest>;

// Answers a request with an error; `outcome` is what a publish is told.
void Fail(Request& request, const Error& error, Outcome outcome);

// The requests without an answer, by `ref`, with their deadlines. No lock; time is passed in.
class Requests final {
 public:
  std::uint64_t Add(Request request, TimePoint due);  // Returns the ref to send, never 0.
  [[nodiscard]] std::optional<Request> Take(std::uint64_t ref);
  [[nodiscard]] std::vector<Request> TakeDue(TimePoint now);
  [[nodiscard]] std::vector<std::pair<std::uint64_t, Request>> TakeAll();

  std::size_t size() const { return waiting_.size(); }
  std::size_t publishes() const { return publishes_; }
  [[nodiscard]] TimePoint NextDue() const;  // TimePoint::max() when nothing waits.

 private:
  struct Waiting {
    Request request;
    TimePoint due;
  };

  std::uint64_t last_ref_ = 0;
  std::size_t publishes_ = 0;
  std::unordered_map<std::uint64_t, Waiting> waiting_;
  std::set<std::pair<TimePoint, std::uint64_t>> by_due_;  // The same requests.
};

}  // namespace parley::client
