#include "services/common/kafka/connection_troubles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace parley::kafka {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// What librdkafka 2.0.2 says.
constexpr const char* kRefused =
    "sasl_ssl://k1:9092/bootstrap: SASL authentication error: Authentication failed during "
    "authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512 (after 305ms in "
    "state AUTH_REQ, 3 identical error(s) suppressed)";
constexpr const char* kBadCertificate =
    "ssl://k1:9092/bootstrap: SSL handshake failed: certificate verify failed (after 5ms in state "
    "SSL_HANDSHAKE)";
constexpr const char* kDown1 =
    "k1:9092/1: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in state "
    "CONNECT)";
constexpr const char* kDown2 =
    "k2:9092/2: Connect to ipv4#10.0.0.2:9092 failed: Connection refused (after 0ms in state "
    "CONNECT)";
constexpr const char* kAllDown = "1/1 brokers are down";

class ConnectionTroublesTest : public testing::Test {
 protected:
  void Fail(const std::string& client, rd_kafka_resp_err_t error, const char* text) {
    const auto trouble = ToTrouble(error, text);
    ASSERT_TRUE(trouble) << text;
    troubles_.OnError(client, *trouble, now_);
  }
  void Refuse(const std::string& client) {
    Fail(client, RD_KAFKA_RESP_ERR__AUTHENTICATION, kRefused);
    Fail(client, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, kAllDown);
  }

  // What there is to say now: the trouble's headline, "over", or nothing.
  std::string Said() {
    const auto news = troubles_.Next(now_);
    if (!news) return "";
    return news->trouble ? news->trouble->headline() : "over";
  }

  TimePoint now_{};
  ConnectionTroubles troubles_;
};

TEST_F(ConnectionTroublesTest, ARefusedLoginIsSaidOnceForAllClients) {
  for (int repeats = 0; repeats < 10; ++repeats) {
    for (const char* client : {"producer-1", "consumer-2", "consumer-3"}) Refuse(client);
    EXPECT_EQ(Said(), repeats == 0 ? "Kafka refuses the login" : "");
    now_ += 30s;
  }
}

TEST_F(ConnectionTroublesTest, TheSentenceNamesBrokerReasonAndWhatToCheck) {
  Refuse("producer-1");
  EXPECT_EQ(troubles_.Worst(now_).value().Sentence(),
            "Kafka refuses the login (sasl_ssl://k1:9092/bootstrap): SASL authentication error: "
            "Authentication failed during authentication due to invalid credentials with SASL "
            "mechanism SCRAM-SHA-512; check kafka-property sasl.username, sasl.password and "
            "sasl.mechanism");
}

TEST_F(ConnectionTroublesTest, EachKindHasItsRemedy) {
  EXPECT_THAT(ToTrouble(RD_KAFKA_RESP_ERR__SSL, kBadCertificate).value().Sentence(),
              AllOf(HasSubstr("TLS"), HasSubstr("ssl.ca.location"), Not(HasSubstr("after 5ms"))));
  EXPECT_THAT(ToTrouble(RD_KAFKA_RESP_ERR__TRANSPORT, kDown1).value().Sentence(),
              AllOf(HasSubstr("cannot be reached (k1:9092/1)"), HasSubstr("addresses")));
  EXPECT_THAT(ToTrouble(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, kAllDown).value().Sentence(),
              HasSubstr("cannot be reached: 1/1 brokers are down"));
}

// librdkafka reports it under either code, whichever of its threads is faster.
TEST_F(ConnectionTroublesTest, ARefusedCertificateIsTlsWhateverItsCode) {
  const auto trouble = ToTrouble(RD_KAFKA_RESP_ERR__TRANSPORT,
                                 "sasl_ssl://k1:9092/bootstrap: error:0A000086:SSL routines::"
                                 "certificate verify failed (after 3ms in state CONNECT)");
  EXPECT_EQ(trouble.value().kind, TroubleKind::kTls);
}

TEST_F(ConnectionTroublesTest, ABrokerThatDiesIsNoMatterOfCertificates) {
  constexpr const char* kEof =
      "sasl_ssl://k1:9092/1: error:0A000126:SSL routines::unexpected eof while reading (after "
      "90ms in state UP)";
  for (const auto code : {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__SSL}) {
    EXPECT_EQ(ToTrouble(code, kEof).value().kind, TroubleKind::kUnreachable);
  }
}

TEST_F(ConnectionTroublesTest, WhatIsNotAboutConnectionsIsNoTrouble) {
  EXPECT_FALSE(ToTrouble(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "x: no"));
  EXPECT_FALSE(ToTrouble(RD_KAFKA_RESP_ERR__FATAL, "x: sequence"));
  EXPECT_FALSE(ToTrouble(RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, "x: slow"));
}

TEST_F(ConnectionTroublesTest, AReasonIsAlwaysOneLine) {
  EXPECT_THAT(ToTrouble(RD_KAFKA_RESP_ERR__SSL, "b: first\nsecond").value().Sentence(),
              Not(HasSubstr("\n")));
  EXPECT_EQ(ToTrouble(RD_KAFKA_RESP_ERR__TRANSPORT, "no broker's name").value().broker, "");
  EXPECT_EQ(ToTrouble(RD_KAFKA_RESP_ERR__TRANSPORT, "").value().reason, "");
}

TEST_F(ConnectionTroublesTest, AMendedPasswordIsSaidOnceTheLastClientIsThrough) {
  Refuse("producer-1");
  Refuse("consumer-2");
  EXPECT_EQ(Said(), "Kafka refuses the login");
  // The bootstrap broker has got its id, and so another name.
  const BrokersUp up = {{"sasl_ssl://k1:9092/1", true}, {"GroupCoordinator", false}};
  troubles_.OnStatistics("producer-1", up, now_);
  EXPECT_EQ(Said(), "");
  troubles_.OnStatistics("consumer-2", up, now_);
  EXPECT_EQ(Said(), "over");
  EXPECT_EQ(Said(), "");
  EXPECT_FALSE(troubles_.Worst(now_));
}

TEST_F(ConnectionTroublesTest, StatisticsOfARefusedClientEndNothing) {
  Refuse("producer-1");
  EXPECT_EQ(Said(), "Kafka refuses the login");
  troubles_.OnStatistics("producer-1", {{"sasl_ssl://k1:9092/bootstrap", false}}, now_);
  EXPECT_EQ(Said(), "");
  EXPECT_EQ(troubles_.Worst(now_).value().kind, TroubleKind::kLogin);
}

TEST_F(ConnectionTroublesTest, OneBrokerOfThreeBeingBackEndsOnlyItsOwnTrouble) {
  Fail("c", RD_KAFKA_RESP_ERR__TRANSPORT, kDown1);
  Fail("c", RD_KAFKA_RESP_ERR__TRANSPORT, kDown2);
  EXPECT_EQ(Said(), "Kafka cannot be reached");
  troubles_.OnStatistics("c", {{"k1:9092/1", true}, {"k2:9092/2", false}, {"k3:9092/3", true}},
                         now_);
  EXPECT_EQ(Said(), "");
  EXPECT_EQ(troubles_.Worst(now_).value().broker, "k2:9092/2");
  troubles_.OnStatistics("c", {{"k1:9092/1", true}, {"k2:9092/2", true}, {"k3:9092/3", true}},
                         now_);
  EXPECT_EQ(Said(), "over");
}

TEST_F(ConnectionTroublesTest, ALesserTroubleDoesNotHideAWorseOne) {
  Refuse("producer-1");
  EXPECT_EQ(Said(), "Kafka refuses the login");
  Fail("consumer-2", RD_KAFKA_RESP_ERR__TRANSPORT, kDown1);
  EXPECT_EQ(Said(), "");
  EXPECT_EQ(troubles_.Worst(now_).value().kind, TroubleKind::kLogin);
  troubles_.OnStatistics("producer-1", {{"sasl_ssl://k1:9092/1", true}}, now_);
  EXPECT_EQ(Said(), "Kafka cannot be reached");
}

TEST_F(ConnectionTroublesTest, AWorseTroubleIsSaidAtOnce) {
  Fail("c", RD_KAFKA_RESP_ERR__TRANSPORT, kDown1);
  EXPECT_EQ(Said(), "Kafka cannot be reached");
  Fail("c", RD_KAFKA_RESP_ERR__SSL, kBadCertificate);
  EXPECT_EQ(Said(), "TLS with Kafka fails");
  Fail("c", RD_KAFKA_RESP_ERR__AUTHENTICATION, kRefused);
  EXPECT_EQ(Said(), "Kafka refuses the login");
}

// librdkafka leaves a broker alone that it has no need of, and repeats itself only every 30 s.
TEST_F(ConnectionTroublesTest, WhatIsNotRepeatedIsForgotten) {
  Fail("c", RD_KAFKA_RESP_ERR__TRANSPORT, kDown1);
  EXPECT_EQ(Said(), "Kafka cannot be reached");
  now_ += 60s;
  Fail("c", RD_KAFKA_RESP_ERR__TRANSPORT, kDown1);
  now_ += 60s;
  EXPECT_EQ(Said(), "");
  now_ += 60s;
  EXPECT_EQ(Said(), "over");
}

// As when a plaintext client talks to a listener for TLS: librdkafka says it once.
TEST_F(ConnectionTroublesTest, WhatStaysDownStaysSaidWithoutRepetition) {
  Fail("c", RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, kAllDown);
  EXPECT_EQ(Said(), "Kafka cannot be reached");
  for (int i = 0; i < 10; ++i) {
    now_ += 60s;
    troubles_.OnStatistics("c", {{"k1:9092/bootstrap", false}}, now_);
    EXPECT_EQ(Said(), "");
  }
  troubles_.OnStatistics("c", {{"k1:9092/1", true}}, now_);
  EXPECT_EQ(Said(), "over");
}

TEST_F(ConnectionTroublesTest, QuestionsWithoutAnswersKeepATroubleAlive) {
  Fail("", RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, kAllDown);
  EXPECT_EQ(Said(), "Kafka cannot be reached");
  for (int i = 0; i < 10; ++i) {
    now_ += 60s;
    troubles_.OnNoAnswer("", now_);
    EXPECT_EQ(Said(), "");
  }
  troubles_.OnAnswer("");
  EXPECT_EQ(Said(), "over");
}

TEST_F(ConnectionTroublesTest, AnAnswerEndsTheTroublesOfItsClientOnly) {
  Refuse("");
  Refuse("consumer-2");
  EXPECT_EQ(Said(), "Kafka refuses the login");
  troubles_.OnAnswer("");
  EXPECT_EQ(Said(), "");
  troubles_.OnAnswer("consumer-2");
  EXPECT_EQ(Said(), "over");
}

TEST_F(ConnectionTroublesTest, ThatAllAreDownSaysLessThanWhyOneIs) {
  Fail("c", RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, kAllDown);
  Fail("c", RD_KAFKA_RESP_ERR__TRANSPORT, kDown2);
  EXPECT_EQ(troubles_.Worst(now_).value().broker, "k2:9092/2");
}

}  // namespace
}  // namespace parley::kafka
