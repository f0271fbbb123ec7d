#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "services/common/clock.h"

namespace parley::kafka {

// What keeps a client from a broker: first what may mend itself, last what people must mend.
enum class TroubleKind { kUnreachable, kTls, kLogin };

struct Trouble {
  TroubleKind kind = TroubleKind::kUnreachable;
  std::string broker;  // As librdkafka names it; empty: all of them.
  std::string reason;  // librdkafka's own words.

  const char* headline() const;  // "Kafka refuses the login"
  const char* check() const;     // What to look at, to mend it.
  std::string Sentence() const;  // All of it, on one line.
};

// What an error of librdkafka, with its text, says of the connections; nothing when it is about
// something else.
[[nodiscard]] std::optional<Trouble> ToTrouble(rd_kafka_resp_err_t error, std::string_view text);

// Whether each broker that a client knows is connected, by the name that errors have, too.
using BrokersUp = std::map<std::string, bool>;

// Decides what a process says about the connections of its Kafka clients. librdkafka reports every
// failure of every client to reach every broker, again and again; worth a line is only when the
// worst that is in the way becomes another kind of trouble, or is over.
//
// Pure: no lock, no clock, no I/O.
class ConnectionTroubles final {
 public:
  // `client` is a name that the client keeps; those that nobody tells apart may share one.
  void OnError(const std::string& client, Trouble trouble, TimePoint now);
  // What the client's statistics say ends its troubles with brokers that are connected, or that it
  // no longer knows.
  void OnStatistics(const std::string& client, const BrokersUp& brokers, TimePoint now);
  // The client has been served; or it has not, so that its troubles go on.
  void OnAnswer(const std::string& client);
  void OnNoAnswer(const std::string& client, TimePoint now);

  // The worst that is in the way now.
  [[nodiscard]] std::optional<Trouble> Worst(TimePoint now);

  struct News {
    std::optional<Trouble> trouble;  // Nothing: the brokers can be reached again.
  };
  // What there is to say, if anything has changed since it was last asked.
  [[nodiscard]] std::optional<News> Next(TimePoint now);

 private:
  using Place = std::pair<std::string, std::string>;  // Client and broker.
  struct Entry {
    Trouble trouble;
    TimePoint last_seen;
  };

  std::map<Place, Entry> entries_;
  std::optional<TroubleKind> told_;
};

}  // namespace parley::kafka
