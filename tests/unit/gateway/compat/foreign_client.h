#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/common/chat_record.h"
#include "services/gateway/compat/conversation.h"
#include "tests/unit/gateway/world.h"

namespace parley::gateway {

// One stream of a foreign service without its gRPC call: a session, and the talk that leads it.
template <class Talk>
class ForeignClient final : private Transport {
 public:
  template <class... Arguments>
  explicit ForeignClient(World& world, Arguments... arguments)
      : encoding_(world.metrics.sessions.encodings),
        session_(world.context, SessionId(world.uuids.Next()), *this, encoding_, TimePoint{}),
        conversation_(session_),
        talk_(conversation_, std::move(arguments)...) {}

  // As the call does it, which reads nothing while the conversation is not ready.
  bool Send(const typename Talk::Message& message) {
    if (!conversation_.ready()) return false;
    talk_.OnMessage(message, {TimePoint{}, std::chrono::microseconds(7)});
    return true;
  }

  // What was written since this was last asked.
  template <class Reply>
  std::vector<Reply> Read() {
    std::vector<Reply> replies;
    std::vector<SharedBytes> taken;
    while (!session_.events().outbox().empty()) {
      session_.events().outbox().Take({.events_max = 1}, taken);
      const grpc::Slice& slice = taken.at(0).slice();
      replies.emplace_back().ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
      session_.OnWritten();
    }
    return replies;
  }

  // Why the stream was ended; ERROR_UNSPECIFIED while it goes on.
  edge::v1::ErrorCode ended() const {
    return closed_ ? closed_->code : edge::v1::ERROR_UNSPECIFIED;
  }

  Session& session() { return session_; }
  Conversation& conversation() { return conversation_; }
  Talk& talk() { return talk_; }

 private:
  void OnEvent(const edge::v1::Event& event) override { conversation_.OnEvent(event); }
  void Wake() override { conversation_.Continue(TimePoint{}); }
  void Close(const Refusal& reason) override { closed_ = reason; }

  const typename Talk::Encoding encoding_;
  Session session_;
  Conversation conversation_;
  Talk talk_;
  std::optional<Refusal> closed_;
};

// What Kafka was given and has not reported on, each as "channel: content name=value…".
inline std::vector<std::string> Written(const World& world) {
  std::vector<std::string> written;
  for (const FakeLogWriter::Appended& appended : world.log_writer.appended) {
    edge::v1::ChatRecord record;
    record.ParseFromString(appended.record.value);
    std::string& line = written.emplace_back(appended.record.key + ": " + record.content());
    for (const auto& header : record.headers()) line += " " + header.name() + "=" + header.value();
  }
  return written;
}

// Kafka stores it all, and the routers carry it to whoever is to have it.
inline void StoreAndCarry(World& world, std::int64_t time_ms = 0) {
  while (!world.log_writer.appended.empty()) {
    const kafka::OutgoingRecord record = world.log_writer.appended.front().record;
    edge::v1::ChatRecord value;
    value.ParseFromString(record.value);
    ChatMessage message;
    message.channel = ChannelName(record.key);
    message.id = MessageId(value.id());
    message.sender = UserId(value.sender());
    message.content = value.content();
    for (const auto& header : value.headers()) {
      message.headers.push_back({header.name(), header.value()});
    }
    world.log_writer.Store(world.feed.Append(std::move(message), time_ms));
  }
  world.feed.HandOn(world.inbox);
  world.feed.RunAll();
}

}  // namespace parley::gateway
