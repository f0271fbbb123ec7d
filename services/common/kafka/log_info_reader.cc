#include "services/common/kafka/log_info_reader.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "services/common/kafka/topics.h"

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAnswerTimeout{2000};
constexpr milliseconds kRetryFirst{100};
constexpr milliseconds kRetryLongest{5000};

}  // namespace

LogInfoReader::LogInfoReader(ClientConfig config, const Logger& logger, Waiting waiting, Done done)
    : config_(std::move(config)),
      logger_(logger),
      waiting_(std::move(waiting)),
      done_(std::move(done)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void LogInfoReader::Run(const std::stop_token& stop) const {
  std::mutex mutex;
  std::condition_variable_any stopped;
  milliseconds delay = kRetryFirst;
  while (!stop.stop_requested()) {
    const LogInfoAnswer answer = ReadLogInfo(config_, kAnswerTimeout);
    if (answer.info) {
      done_(*answer.info);
      return;
    }
    waiting_(answer.reason);
    logger_.Warn("the log is not known yet; asking again", {{"reason", answer.reason}});
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, delay, [] { return false; });
    delay = std::min(delay * 2, kRetryLongest);
  }
}

}  // namespace parley::kafka
