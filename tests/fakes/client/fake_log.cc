#include "tests/fakes/client/fake_log.h"

#include <algorithm>
#include <cstdio>

namespace parley::client {
namespace {

std::string Token(std::uint64_t number) {
  char text[33];
  std::snprintf(text, sizeof text, "%032llu", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

std::string FakeLog::End() const { return Token(last_position); }

v1::Message& FakeLog::Append(const v1::PublishRequest& publish) {
  std::vector<v1::Message>& channel = messages[publish.channel()];
  const std::string previous = channel.empty() ? "" : channel.back().position();
  v1::Message& message = channel.emplace_back();
  message.set_channel(publish.channel());
  message.set_id(publish.id());
  message.set_sender(publish.user());
  message.set_content(publish.content());
  message.set_time_ms(1'700'000'000'123 + static_cast<std::int64_t>(last_position));
  message.set_position(Token(++last_position));
  message.set_previous(previous);
  *message.mutable_headers() = publish.headers();
  if (publish.retry()) retries.insert(publish.id());
  return message;
}

const v1::Message* FakeLog::Repeated(const v1::PublishRequest& publish) const {
  const auto channel = messages.find(publish.channel());
  if (channel == messages.end()) return nullptr;
  if (!publish.retry() && !retries.contains(publish.id())) return nullptr;
  const auto first = std::ranges::find_if(channel->second, [&](const v1::Message& each) {
    return each.id() == publish.id() && each.sender() == publish.user();
  });
  return first == channel->second.end() ? nullptr : &*first;
}

}  // namespace parley::client
