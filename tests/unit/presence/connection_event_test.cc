#include "services/common/connection_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace parley {
namespace {

using testing::HasSubstr;
using Type = ConnectionEvent::Type;

ConnectionEvent JoinEvent() {
  return {.type = Type::kJoin,
          .server = ServerId("gateway-1"),
          .epoch = 1'700'000'000'000,
          .revision = 7,
          .user = UserId("zoë \"the\" 🦊"),
          .session = SessionId("s-1"),
          .channel = ChannelName("general"),
          .link_address = "",
          .grpc_address = "",
          .sessions = 0,
          .time_ms = 1'700'000'000'123};
}

ConnectionEvent HeartbeatEvent(Type type) {
  return {.type = type,
          .server = ServerId("gateway-1"),
          .epoch = 1'700'000'000'000,
          .revision = 7,
          .user = {},
          .session = {},
          .channel = {},
          .link_address = "10.0.0.1:50052",
          .grpc_address = "10.0.0.1:50051",
          .sessions = 42,
          .time_ms = 0};
}

// A sound event with one field replaced by raw JSON.
std::string With(const std::string& field, const std::string& raw) {
  auto object = nlohmann::json::parse(ToJson(JoinEvent()));
  object[field] = nlohmann::json::parse(raw);
  return object.dump();
}

TEST(ConnectionEventTest, JsonHasTheDocumentedFields) {
  const auto object = nlohmann::json::parse(ToJson(JoinEvent()));
  EXPECT_EQ(object, nlohmann::json({{"type", "join"},
                                    {"user_id", "zoë \"the\" 🦊"},
                                    {"server_id", "gateway-1"},
                                    {"connected", true},
                                    {"timestamp", "2023-11-14T22:13:20.123Z"},
                                    {"session_id", "s-1"},
                                    {"channel", "general"},
                                    {"epoch", 1'700'000'000'000},
                                    {"revision", 7}}));
}

TEST(ConnectionEventTest, DisconnectAndGoneAreNotConnected) {
  ConnectionEvent event = JoinEvent();
  event.type = Type::kDisconnect;
  EXPECT_THAT(ToJson(event), HasSubstr("\"connected\":false"));
  EXPECT_THAT(ToJson(HeartbeatEvent(Type::kGone)), HasSubstr("\"connected\":false"));
  EXPECT_THAT(ToJson(HeartbeatEvent(Type::kHeartbeat)), HasSubstr("\"connected\":true"));
}

TEST(ConnectionEventTest, ComesBackAsItWas) {
  const auto join = ParseConnectionEvent(ToJson(JoinEvent()));
  ASSERT_TRUE(join);
  EXPECT_EQ(join->type, Type::kJoin);
  EXPECT_EQ(join->server, ServerId("gateway-1"));
  EXPECT_EQ(join->epoch, 1'700'000'000'000);
  EXPECT_EQ(join->revision, 7U);
  EXPECT_EQ(join->user, UserId("zoë \"the\" 🦊"));
  EXPECT_EQ(join->session, SessionId("s-1"));
  EXPECT_EQ(join->channel, ChannelName("general"));
  EXPECT_EQ(join->time_ms, 1'700'000'000'123);

  for (const Type type : {Type::kHeartbeat, Type::kDraining, Type::kGone}) {
    const auto beat = ParseConnectionEvent(ToJson(HeartbeatEvent(type)));
    ASSERT_TRUE(beat);
    EXPECT_EQ(beat->type, type);
    EXPECT_EQ(beat->link_address, "10.0.0.1:50052");
    EXPECT_EQ(beat->grpc_address, "10.0.0.1:50051");
    EXPECT_EQ(beat->sessions, 42U);
  }
}

TEST(ConnectionEventTest, TimesOfOtherZonesAreUnderstoodAndBadOnesIgnored) {
  const auto time_of = [](const std::string& text) {
    const auto event = ParseConnectionEvent(With("timestamp", "\"" + text + "\""));
    return event ? event->time_ms : -1;
  };
  EXPECT_EQ(time_of("1970-01-01T00:00:01Z"), 1000);
  EXPECT_EQ(time_of("1970-01-01t01:30:00.5+01:30"), 500);
  EXPECT_EQ(time_of("1970-01-01 00:00:00.123456-00:01"), 60'123);
  EXPECT_EQ(time_of("2024-02-29T00:00:00Z"), 1'709'164'800'000);
  for (const char* bad :
       {"", "yesterday", "2023-02-29T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01T00:00:00",
        "2023-01-01T00:00:00.Z", "2023-01-01T00:00:00+24:00", "2023-01-01T00:00:00Zx"}) {
    EXPECT_EQ(time_of(bad), 0) << bad;
  }
}

TEST(ConnectionEventTest, UnknownFieldsAreIgnored) {
  EXPECT_TRUE(ParseConnectionEvent(With("colour", "{\"red\": [1, 2]}")));
}

TEST(ConnectionEventTest, WhatIsNoEventIsRefused) {
  const std::string long_name(129, 'x');
  const std::string bad[] = {
      "",
      "null",
      "[]",
      "42",
      "{",
      "{}",
      With("type", "\"dance\""),
      With("type", "1"),
      With("type", "null"),
      With("server_id", "\"\""),
      With("server_id", "\"a\\nb\""),
      With("server_id", "\"" + long_name + "\""),
      With("user_id", "\"\""),
      With("user_id", "[]"),
      With("session_id", "null"),
      With("channel", "\"\""),
      With("channel", "\"" + long_name + "\""),
      With("channel", "\"a\\u0000b\""),
      With("epoch", "0"),
      With("epoch", "-1"),
      With("epoch", "1.5"),
      With("epoch", "18446744073709551615"),
      With("epoch", "\"1\""),
      With("revision", "0"),
      With("revision", "-1"),
      With("sessions", "4294967296"),
      With("address", "{}"),
      With("timestamp", "12"),
      With("note", "\"" + std::string(5000, 'x') + "\""),
  };
  for (const std::string& text : bad) EXPECT_FALSE(ParseConnectionEvent(text)) << text;
}

TEST(ConnectionEventTest, HostileTextDoesNoHarm) {
  const std::string bad[] = {
      std::string(4096, '['),    std::string(4096, '{'),   "{\"type\":\"join\",\"epoch\":1e999}",
      "{\"type\":\"\xff\xfe\"}", "{\"type\":\"\\ud800\"}", std::string("{\0}", 3),
      "{\"a\":1,\"a\":2}",
  };
  for (const std::string& text : bad) EXPECT_FALSE(ParseConnectionEvent(text));
}

TEST(ConnectionEventTest, DamagedEventsNeverThrow) {
  const unsigned seed = 20261120;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string sound = ToJson(JoinEvent());
  for (int i = 0; i < 20'000; ++i) {
    std::string text = sound;
    for (int damage = 0; damage < 3; ++damage) {
      text[random() % text.size()] = static_cast<char>(random() % 256);
    }
    if (random() % 4 == 0) text.resize(random() % text.size());
    EXPECT_NO_THROW({
      const auto event = ParseConnectionEvent(text);
      if (event) static_cast<void>(ToJson(*event));
    });
  }
}

}  // namespace
}  // namespace parley
