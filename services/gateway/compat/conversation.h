#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>

#include "parley/edge/v1/chat.pb.h"
#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/gateway/publish/refusal.h"
#include "services/gateway/session/arrival.h"

namespace parley::gateway {

class Session;

// What a client of a foreign service wants to say.
struct Words {
  std::string channel;
  std::string receiver;  // Empty: everybody in the channel.
  std::string content;
};

// Holds a session for a client that knows neither joins nor acks nor errors, but just talks:
// channels are joined as they are named, and a message is published once its sender is sure to see
// it. What the session cannot do ends it, and the stream's status says why.
//
// Nothing is queued here: while a channel is being joined, or as many publishes wait for their acks
// as the session may have, `ready` is false, the transport reads nothing more, and gRPC holds the
// client back.
//
// Pure; part of its stream. `OnEvent` and `Continue` belong into the functions of the stream's
// Transport.
class Conversation final {
 public:
  explicit Conversation(Session& session);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  void Hello(const std::string& user, const Arrival& arrival);
  // Does nothing when it was done before.
  void Join(const std::string& channel, const Arrival& arrival);
  // Joins the channel, and publishes as soon as that is confirmed. Precondition: `ready`.
  void Say(Words words, const Arrival& arrival);
  void End(const Refusal& reason);
  // What this stream says is not shown to it. After `Hello`.
  void HideEcho();

  void OnEvent(const edge::v1::Event& event);
  void Continue(TimePoint now);

  // What the client sends next may come.
  bool ready() const { return !waiting_ && joining_.empty() && unacked_ < unacked_max_; }
  // Everything said was acked.
  bool settled() const { return !waiting_ && unacked_ == 0; }
  bool is_in(const std::string& channel) const { return joined_.contains(channel); }
  // It ended because messages were lost to it.
  bool lost() const { return lost_; }

 private:
  struct Waiting {
    Words words;
    Arrival arrival;
  };

  // `Continue` ends the session for the first reason given.
  void Fail(Refusal reason);
  // Whoever says it now will see it.
  bool IsSeen(const Words& words) const;
  void Publish(const Waiting& next);
  // Of the ids of what this stream says.
  std::string IdPrefix() const;

  Session& session_;
  std::unordered_set<std::string> joining_;
  std::unordered_set<std::string> joined_;
  std::optional<Waiting> waiting_;
  std::optional<Refusal> failure_;
  bool lost_ = false;
  std::uint32_t unacked_ = 0;
  std::uint32_t unacked_max_ = 1;  // The session's welcome says how many.
  std::uint64_t said_ = 0;
};

}  // namespace parley::gateway
