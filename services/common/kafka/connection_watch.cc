#include "services/common/kafka/connection_watch.h"

#include <chrono>

namespace parley::kafka {
namespace {

TimePoint Now() { return std::chrono::steady_clock::now(); }

}  // namespace

void ConnectionWatch::OnError(const std::string& client, rd_kafka_resp_err_t error,
                              std::string_view text, const Logger* logger) {
  std::optional<Trouble> trouble = ToTrouble(error, text);
  if (!trouble) return;
  {
    const std::lock_guard lock(mutex_);
    troubles_.OnError(client, *std::move(trouble), Now());
  }
  if (logger != nullptr) Tell(*logger);
}

void ConnectionWatch::OnStatistics(const std::string& client, const BrokersUp& brokers,
                                   const Logger* logger) {
  {
    const std::lock_guard lock(mutex_);
    troubles_.OnStatistics(client, brokers, Now());
  }
  if (logger != nullptr) Tell(*logger);
}

void ConnectionWatch::OnAnswer() {
  const std::lock_guard lock(mutex_);
  troubles_.OnAnswer({});
}

void ConnectionWatch::OnNoAnswer() {
  const std::lock_guard lock(mutex_);
  troubles_.OnNoAnswer({}, Now());
}

void ConnectionWatch::Tell(const Logger& logger) {
  std::optional<ConnectionTroubles::News> news;
  {
    const std::lock_guard lock(mutex_);
    news = troubles_.Next(Now());
  }
  if (!news) return;
  if (!news->trouble) return logger.Info("Kafka can be reached again");
  const Trouble& trouble = *news->trouble;
  const std::initializer_list<LogField> fields = {
      {"broker", trouble.broker}, {"reason", trouble.reason}, {"check", trouble.check()}};
  if (trouble.kind == TroubleKind::kUnreachable) {
    logger.Warn(trouble.headline(), fields);
  } else {
    logger.Error(trouble.headline(), fields);
  }
}

std::optional<std::string> ConnectionWatch::trouble() {
  const std::lock_guard lock(mutex_);
  const std::optional<Trouble> worst = troubles_.Worst(Now());
  return worst ? std::optional(worst->Sentence()) : std::nullopt;
}

}  // namespace parley::kafka
