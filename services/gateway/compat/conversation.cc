#include "services/gateway/compat/conversation.h"

#include <utility>

#include "services/common/personal_channel.h"
#include "services/gateway/compat/foreign_encoding.h"
#include "services/gateway/session/session.h"

namespace parley::gateway {
namespace {

// Joins have a deadline of their own, but a personal channel is joined until that succeeds.
constexpr Duration kWaitMax = std::chrono::seconds(10);

}  // namespace

Conversation::Conversation(Session& session) : session_(session) {}

void Conversation::Hello(const std::string& user, const Arrival& arrival) {
  edge::v1::ClientFrame frame;
  frame.mutable_hello()->set_user(user);
  session_.OnFrame(frame, arrival);
}

void Conversation::Join(const std::string& channel, const Arrival& arrival) {
  // The personal channel is joined by itself.
  if (!session_.user().empty() && channel == PersonalChannelOf(session_.user()).value()) return;
  if (joined_.contains(channel) || !joining_.insert(channel).second) return;
  edge::v1::ClientFrame frame;
  frame.mutable_join()->set_channel(channel);
  session_.OnFrame(frame, arrival);
}

void Conversation::Say(Words words, const Arrival& arrival) {
  const std::string channel = words.channel;
  waiting_ = {std::move(words), arrival};
  Join(channel, arrival);
  Continue(arrival.now);
}

void Conversation::End(const Refusal& reason) { session_.Close(reason); }

void Conversation::HideEcho() { session_.events().PassOver(session_.user(), IdPrefix()); }

void Conversation::OnEvent(const edge::v1::Event& event) {
  using Event = edge::v1::Event;
  switch (event.event_case()) {
    case Event::kWelcome:
      unacked_max_ = event.welcome().publishes_in_flight_max();
      break;
    case Event::kJoined:
      joining_.erase(event.joined().channel());
      joined_.insert(event.joined().channel());
      break;
    case Event::kAck:
      --unacked_;
      break;
    case Event::kError:
      Fail({event.error().code(), event.error().message()});
      break;
    case Event::kDiscontinuity:
      lost_ = true;
      Fail({edge::v1::ERROR_UNAVAILABLE, "messages were lost to this stream; connect again"});
      break;
    default:
      break;
  }
}

void Conversation::Continue(TimePoint now) {
  if (session_.closed()) return;
  if (waiting_ && now - waiting_->arrival.now >= kWaitMax) {
    Fail({edge::v1::ERROR_JOIN_TIMEOUT, "no router confirmed the channel in time; try again"});
  }
  if (failure_) {
    session_.Close(*failure_);
  } else if (waiting_ && IsSeen(waiting_->words)) {
    Publish(*std::exchange(waiting_, std::nullopt));
  }
}

void Conversation::Fail(Refusal reason) {
  if (!failure_) failure_ = std::move(reason);
}

bool Conversation::IsSeen(const Words& words) const {
  if (!joined_.contains(words.channel)) return false;
  return words.receiver.empty() || joined_.contains(PersonalChannelOf(session_.user()).value());
}

void Conversation::Publish(const Waiting& next) {
  const Words& words = next.words;
  edge::v1::ClientFrame frame;
  auto& publish = *frame.mutable_publish();
  publish.set_id(IdPrefix() + std::to_string(++said_));
  publish.set_content(words.content);
  if (words.receiver.empty()) {
    publish.set_channel(words.channel);
  } else {
    publish.set_channel(PersonalChannelOf(UserId(words.receiver)).value());
    auto* header = publish.add_headers();
    header->set_name(std::string(kChannelHeader));
    header->set_value(words.channel);
  }
  ++unacked_;
  session_.OnFrame(frame, next.arrival);
}

std::string Conversation::IdPrefix() const { return session_.id().value() + "-"; }

}  // namespace parley::gateway
