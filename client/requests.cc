#include "client/requests.h"

namespace parley::client {
namespace {

bool IsPublish(const Request& request) { return std::holds_alternative<PublishRequest>(request); }

}  // namespace

void Fail(Request& request, const Error& error, Outcome outcome) {
  if (auto* publish = std::get_if<PublishRequest>(&request)) {
    publish->answer.set_value(
        {.outcome = outcome, .channel = publish->channel, .id = publish->id, .error = error});
  } else if (auto* join = std::get_if<JoinRequest>(&request)) {
    join->answer.set_value(error);
  } else if (auto* leave = std::get_if<LeaveRequest>(&request)) {
    leave->answer.set_value(error);
  } else {
    std::get<HelloRequest>(request).answer.set_value(error);
  }
}

std::uint64_t Requests::Add(Request request, TimePoint due) {
  const std::uint64_t ref = ++last_ref_;
  if (IsPublish(request)) ++publishes_;
  by_due_.emplace(due, ref);
  waiting_.emplace(ref, Waiting{std::move(request), due});
  return ref;
}

std::optional<Request> Requests::Take(std::uint64_t ref) {
  const auto entry = waiting_.find(ref);
  if (entry == waiting_.end()) return std::nullopt;
  Request request = std::move(entry->second.request);
  by_due_.erase({entry->second.due, ref});
  waiting_.erase(entry);
  if (IsPublish(request)) --publishes_;
  return request;
}

std::vector<Request> Requests::TakeDue(TimePoint now) {
  std::vector<Request> due;
  while (!by_due_.empty() && by_due_.begin()->first <= now) {
    if (auto request = Take(by_due_.begin()->second)) due.push_back(std::move(*request));
  }
  return due;
}

std::vector<std::pair<std::uint64_t, Request>> Requests::TakeAll() {
  std::vector<std::pair<std::uint64_t, Request>> all;
  for (auto& [ref, waiting] : waiting_) all.emplace_back(ref, std::move(waiting.request));
  waiting_.clear();
  by_due_.clear();
  publishes_ = 0;
  return all;
}

TimePoint Requests::NextDue() const {
  return by_due_.empty() ? TimePoint::max() : by_due_.begin()->first;
}

}  // namespace parley::client
