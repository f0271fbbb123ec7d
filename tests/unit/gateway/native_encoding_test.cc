#include "services/gateway/session/native_encoding.h"

#include <string>

#include <gtest/gtest.h>
#include <prometheus/counter.h>

namespace parley::gateway {
namespace {

std::string Text(const SharedBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.slice().begin()), bytes.size()};
}

ChatMessage Hello() {
  ChatMessage message;
  message.channel = ChannelName("general");
  message.id = MessageId("id-1");
  message.sender = UserId("ann");
  message.content = "hello \xf0\x9f\x91\x8b";
  message.headers = {{"lang", "en"}};
  return message;
}

TEST(NativeEncodingTest, EventsLaidEndToEndAreOneFrame) {
  prometheus::Counter encodings;
  const NativeEncoding encoding(encodings);
  edge::v1::Event pong;
  pong.set_ref(3);
  pong.mutable_pong();
  edge::v1::Event error;
  error.mutable_error()->set_message(std::string(300, 'e'));
  const DeliveredMessage message(Hello(), {1000, 2, 77}, 70, 1234);

  edge::v1::ServerFrame frame;
  ASSERT_TRUE(frame.ParseFromString(Text(encoding.EncodeEvent(pong)) +
                                    Text(encoding.EncodeMessage(message)) +
                                    Text(encoding.EncodeEvent(error))));
  ASSERT_EQ(frame.events_size(), 3);
  EXPECT_EQ(frame.events(0).ref(), 3u);
  EXPECT_TRUE(frame.events(0).has_pong());
  EXPECT_EQ(frame.events(2).error().message().size(), 300u);
}

TEST(NativeEncodingTest, AMessageComesOutWhole) {
  prometheus::Counter encodings;
  const NativeEncoding encoding(encodings);
  const DeliveredMessage delivered(Hello(), {1000, 2, 77}, 70, 1234);
  edge::v1::ServerFrame frame;
  ASSERT_TRUE(frame.ParseFromString(Text(delivered.In(encoding))));
  const edge::v1::Message& message = frame.events(0).message();
  EXPECT_EQ(message.channel(), "general");
  EXPECT_EQ(message.id(), "id-1");
  EXPECT_EQ(message.sender(), "ann");
  EXPECT_EQ(message.content(), "hello \xf0\x9f\x91\x8b");
  EXPECT_EQ(message.time_ms(), 1234);
  EXPECT_EQ(message.position(), EncodeToken({1000, 2, 77}, ChannelName("general")));
  EXPECT_EQ(message.previous(), EncodeToken({1000, 2, 70}, ChannelName("general")));
  EXPECT_LT(message.previous(), message.position());
  ASSERT_EQ(message.headers_size(), 1);
  EXPECT_EQ(message.headers(0).name(), "lang");
}

TEST(NativeEncodingTest, AMessageIsEncodedOnceHoweverManyGetIt) {
  prometheus::Counter encodings;
  const NativeEncoding encoding(encodings);
  const DeliveredMessage message(Hello(), {1000, 2, 77}, std::nullopt, 0);
  const auto* bytes = message.In(encoding).slice().begin();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(message.In(encoding).slice().begin(), bytes);
  EXPECT_EQ(encodings.Value(), 1);
}

}  // namespace
}  // namespace parley::gateway
