#include "services/common/kafka/log_follower.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAnswerTimeout{2000};
constexpr milliseconds kRetryFirst{100};
constexpr milliseconds kRetryLongest{5000};
// A look asks only where `parley-meta` ends. Now and then it is read in spite of that: one that was
// made again may end at the same place.
constexpr milliseconds kLookInterval{1000};
constexpr int kLooksPerReading = 10;

}  // namespace

LogFollower::LogFollower(const ClientConfig& config, const Logger& logger, Waiting waiting,
                         Known known)
    : logger_(logger),
      waiting_(std::move(waiting)),
      known_(std::move(known)),
      watch_(config.watch),
      store_(config),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void LogFollower::Renew(LogEpoch epoch) {
  const std::lock_guard lock(mutex_);
  renewed_ = epoch;
  changed_.notify_all();
}

void LogFollower::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void LogFollower::Run(const std::stop_token& stop) {
  milliseconds delay = kRetryFirst;
  std::string said;
  while (!stop.stop_requested()) {
    const std::string problem = Look();
    watch_->Tell(logger_);
    // What keeps the clients from Kafka has just been told, once for all of them.
    if (!problem.empty() && problem != said && !watch_->trouble()) {
      logger_.Warn("the log is not known; asking again", {{"reason", problem}});
      said = problem;
    }
    if (problem.empty()) {
      said.clear();
      delay = kRetryFirst;
      AwaitNews(stop);
      continue;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, delay, [] { return false; });
    delay = std::min(delay * 2, kRetryLongest);
  }
}

std::string LogFollower::Look() {
  if (RenewalIsDue()) {
    if (auto problem = store_.Renew(told_, kAnswerTimeout)) return *std::move(problem);
  }
  const StoredLog stored = store_.ReadAgreed(kAnswerTimeout);
  if (stored.info) end_ = stored.end;
  if (stored.info && stored.info->epoch > told_.epoch) {
    told_ = *stored.info;
    known_(told_);
    return {};
  }
  if (told_.epoch == 0) {
    waiting_(stored.reason);
    return stored.reason;
  }
  // Kafka is away for a while, or the new epoch has yet to be seen.
  if (!RenewalIsDue()) return {};
  return "the new epoch is not there: " +
         (stored.reason.empty() ? "parley-meta still has the old one" : stored.reason);
}

void LogFollower::AwaitNews(const std::stop_token& stop) {
  for (int look = 0; look < kLooksPerReading && !stop.stop_requested(); ++look) {
    {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, stop, kLookInterval, [this] { return RenewalIsDue(); })) return;
    }
    const std::optional<Offset> end = store_.AskEnd(kAnswerTimeout);
    if (end && *end != end_) return;
  }
}

}  // namespace parley::kafka
