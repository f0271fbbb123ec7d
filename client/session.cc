#include "client/session.h"

#include <utility>

#include "client/session_state.h"

namespace parley::client {

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

SessionInfo Session::info() const { return state_->info(); }

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
