#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/client.h"
#include "tests/fakes/client/fake_server.h"

namespace parley::client {

inline const ChannelName kGeneral("general");
inline constexpr Duration kPatience = std::chrono::seconds(10);

inline Options OptionsFor(const FakeServer& server) {
  Options options;
  options.servers = {server.address()};
  options.user = UserId("alice");
  return options;
}

inline std::unique_ptr<Session> ConnectTo(const FakeServer& server) {
  return std::move(*Client(OptionsFor(server)).Connect());
}

// The next event of a kind; others are dropped. Fails the test when the session ends or nothing
// comes.
template <class Kind>
std::optional<Kind> NextOf(Session& session) {
  while (std::optional<Event> event = session.Next(kPatience)) {
    if (auto* wanted = std::get_if<Kind>(&*event)) return std::move(*wanted);
    if (std::holds_alternative<Closed>(*event)) break;
  }
  ADD_FAILURE() << "the event did not come";
  return std::nullopt;
}

inline std::string NextContent(Session& session) {
  const std::optional<Message> message = NextOf<Message>(session);
  return message ? message->content : "(none)";
}

inline std::future<PublishResult> Say(Session& session, const std::string& content) {
  return session.Publish({.channel = kGeneral, .content = content});
}

}  // namespace parley::client
