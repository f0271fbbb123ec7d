#include "client/session.h"

#include <utility>

#include "client/session_state.h"

namespace parley::client {

const char* NameOf(Recovery recovery) {
  switch (recovery) {
    case Recovery::kNotAsked:
      return "not_asked";
    case Recovery::kComplete:
      return "complete";
    case Recovery::kExpired:
      return "expired";
    case Recovery::kTooFar:
      return "too_far";
    case Recovery::kOtherEpoch:
      return "epoch";
    case Recovery::kOtherChannel:
      return "channel";
    case Recovery::kOtherPartition:
      return "partition";
    case Recovery::kFuture:
      return "future";
  }
  return "not_asked";
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

const SessionInfo& Session::info() const { return state_->info(); }

Result<JoinedChannel> Session::Join(const ChannelName& channel, const PositionToken& after) {
  return state_->Join(channel, after).get();
}

Result<JoinedChannel> Session::WaitForPersonalChannel() { return state_->WaitForPersonalChannel(); }

std::optional<Error> Session::Leave(const ChannelName& channel) {
  return state_->Leave(channel).get();
}

std::future<PublishResult> Session::Publish(Publication publication) {
  return state_->Publish(std::move(publication));
}

std::optional<Event> Session::Next(Duration timeout) { return state_->Next(timeout); }

PositionToken Session::LastPosition(const ChannelName& channel) const {
  return state_->LastPosition(channel);
}

SessionCounters Session::counters() const { return state_->counters(); }

void Session::Close() { state_->Close(); }

}  // namespace parley::client
