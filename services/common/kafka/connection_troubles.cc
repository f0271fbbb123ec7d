#include "services/common/kafka/connection_troubles.h"

#include <algorithm>

namespace parley::kafka {
namespace {

// A broker that the client has no need of is not tried again, and its trouble stays unrepeated.
// Otherwise librdkafka repeats the same error every 30 s, and an attempt may take as long again.
// That all are down it says once; that they still are is known from statistics and questions.
constexpr std::chrono::seconds kForgottenAfter{90};

// The code alone does not tell: what OpenSSL finds as soon as it connects librdkafka reports as a
// failure of the transport. And a broker that dies is no matter of certificates.
std::optional<TroubleKind> KindOf(rd_kafka_resp_err_t error, std::string_view text) {
  const auto says = [text](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  const bool of_openssl = error == RD_KAFKA_RESP_ERR__SSL ||
                          (error == RD_KAFKA_RESP_ERR__TRANSPORT && says(":SSL routines:"));
  if (of_openssl) {
    return says("unexpected eof") ? TroubleKind::kUnreachable : TroubleKind::kTls;
  }
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
      return TroubleKind::kLogin;
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      return TroubleKind::kUnreachable;
    default:
      return std::nullopt;
  }
}

}  // namespace

const char* Trouble::headline() const {
  switch (kind) {
    case TroubleKind::kUnreachable:
      return "Kafka cannot be reached";
    case TroubleKind::kTls:
      return "TLS with Kafka fails";
    case TroubleKind::kLogin:
      return "Kafka refuses the login";
  }
  return "";
}

const char* Trouble::check() const {
  switch (kind) {
    case TroubleKind::kUnreachable:
      return "the brokers' addresses and kafka-property security.protocol";
    case TroubleKind::kTls:
      return "kafka-property ssl.ca.location and security.protocol, and the names in the brokers' "
             "certificates";
    case TroubleKind::kLogin:
      return "kafka-property sasl.username, sasl.password and sasl.mechanism";
  }
  return "";
}

std::string Trouble::Sentence() const {
  std::string sentence = headline();
  if (!broker.empty()) sentence += " (" + broker + ")";
  return sentence + ": " + reason + "; check " + check();
}

std::optional<Trouble> ToTrouble(rd_kafka_resp_err_t error, std::string_view text) {
  const std::optional<TroubleKind> kind = KindOf(error, text);
  if (!kind) return std::nullopt;
  Trouble trouble;
  trouble.kind = *kind;
  // `BROKER: REASON (after 3ms in state CONNECT)`, but that no broker is left is said of none.
  if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    if (const std::size_t end = text.find(": "); end != std::string_view::npos) {
      trouble.broker = text.substr(0, end);
      text.remove_prefix(end + 2);
    }
  }
  trouble.reason = text.substr(0, text.rfind(" (after "));
  std::ranges::replace(trouble.reason, '\n', ' ');
  return trouble;
}

void ConnectionTroubles::OnError(const std::string& client, Trouble trouble, TimePoint now) {
  Place place{client, trouble.broker};
  entries_.insert_or_assign(std::move(place), Entry{std::move(trouble), now});
}

void ConnectionTroubles::OnStatistics(const std::string& client, const BrokersUp& brokers,
                                      TimePoint now) {
  const bool any_up =
      std::ranges::any_of(brokers, [](const auto& broker) { return broker.second; });
  if (!any_up) return OnNoAnswer(client, now);
  std::erase_if(entries_, [&](const auto& entry) {
    const auto& [of, broker] = entry.first;
    if (of != client) return false;
    if (broker.empty()) return true;
    const auto found = brokers.find(broker);
    return found == brokers.end() || found->second;
  });
}

void ConnectionTroubles::OnAnswer(const std::string& client) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first.first == client; });
}

void ConnectionTroubles::OnNoAnswer(const std::string& client, TimePoint now) {
  for (auto& [place, entry] : entries_) {
    if (place.first == client) entry.last_seen = now;
  }
}

std::optional<Trouble> ConnectionTroubles::Worst(TimePoint now) {
  std::erase_if(entries_, [now](const auto& entry) {
    return now - entry.second.last_seen > kForgottenAfter;
  });
  const Trouble* worst = nullptr;
  for (const auto& [place, entry] : entries_) {
    // That no broker is left says less than why one of them cannot be reached.
    const bool worse = worst == nullptr || worst->kind < entry.trouble.kind ||
                       (worst->kind == entry.trouble.kind && worst->broker.empty());
    if (worse) worst = &entry.trouble;
  }
  return worst == nullptr ? std::nullopt : std::optional(*worst);
}

std::optional<ConnectionTroubles::News> ConnectionTroubles::Next(TimePoint now) {
  std::optional<Trouble> worst = Worst(now);
  const std::optional<TroubleKind> kind = worst ? std::optional(worst->kind) : std::nullopt;
  if (kind == told_) return std::nullopt;
  told_ = kind;
  return News{std::move(worst)};
}

}  // namespace parley::kafka
