#include "services/gateway/hub/hub.h"

#include <algorithm>
#include <utility>

#include "services/common/personal_channel.h"
#include "services/gateway/hub/delivered_message.h"
#include "services/gateway/session/session.h"

namespace parley::gateway {

void Hub::Add(Session& session) {
  session.hub_index = sessions_.size();
  sessions_.push_back(&session);
}

void Hub::Remove(Session& session) {
  sessions_.back()->hub_index = session.hub_index;
  sessions_[session.hub_index] = sessions_.back();
  sessions_.pop_back();
}

bool Hub::Enter(Membership& membership) {
  const auto [entry, first] = channels_.try_emplace(membership.channel);
  Channel& channel = entry->second;
  membership.index = channel.members.size();
  channel.members.push_back(&membership);
  if (first) {
    metrics_.channels.Increment();
    Ask(entry);
    if (!IsPersonal(membership.channel)) {
      ports_.roster.Watch(ports_.roster_listener, membership.channel);
    }
  }
  return channel.state == Channel::State::kAttached;
}

void Hub::Leave(Membership& membership) {
  const auto found = channels_.find(membership.channel);
  Channel& channel = found->second;
  channel.members.back()->index = membership.index;
  channel.members[membership.index] = channel.members.back();
  channel.members.pop_back();
  // While an `Attach` is unanswered the channel stays: so each answer belongs to the newest
  // `Attach`, and none is mistaken for that of a later one, after which messages might be missing.
  if (!channel.members.empty() || channel.state == Channel::State::kAsked) return;
  if (channel.state == Channel::State::kAttached) {
    ports_.feed.Detach(ports_.inbox, membership.channel, log_->epoch);
  }
  Forget(found);
}

void Hub::Ask(Channels::iterator channel) {
  channel->second.state = Channel::State::kAsked;
  channel->second.partition = PartitionOf(channel->first, log_->partitions);
  ports_.feed.Attach(ports_.inbox, channel->first, log_->epoch);
}

void Hub::Forget(Channels::iterator channel) {
  if (!IsPersonal(channel->first)) ports_.roster.Unwatch(ports_.roster_listener, channel->first);
  metrics_.channels.Decrement();
  channels_.erase(channel);
}

Offset Hub::PositionOf(const ChannelName& name) const {
  const Channel& channel = channels_.at(name);
  const auto through = through_.find(channel.partition);
  return through == through_.end() ? channel.at : std::max(channel.at, through->second);
}

void Hub::ReadPage(PageRequest request, PageDone done) {
  const std::uint64_t number = next_page_++;
  request.epoch = log_->epoch;
  pages_.emplace(number, std::move(done));
  ports_.feed.ReadPage(ports_.inbox, number, std::move(request));
}

void Hub::OnLog(const LogInfo& log) {
  log_ = log;
  through_.clear();
  for (auto next = channels_.begin(); next != channels_.end();) {
    const auto channel = next++;
    // It had to wait for an answer that will not come.
    if (channel->second.members.empty()) {
      Forget(channel);
      continue;
    }
    for (Membership* member : channel->second.members) {
      member->session.memberships().OnNewLog(*member);
    }
    channel->second.at = -1;
    Ask(channel);
  }
}

void Hub::OnAttached(const ChannelName& name, Offset at) {
  const auto found = channels_.find(name);
  if (found == channels_.end()) return;
  Channel& channel = found->second;
  channel.state = Channel::State::kAttached;
  channel.at = at;
  // The feed forgot its cursor with the partition's last channel, and begins again earlier when its
  // router lags.
  if (const auto through = through_.find(channel.partition); through != through_.end()) {
    through->second = std::min(through->second, at);
  }
  if (channel.members.empty()) {
    ports_.feed.Detach(ports_.inbox, name, log_->epoch);
    Forget(found);
    return;
  }
  for (Membership* member : channel.members) {
    member->session.memberships().OnAttached(*member);
    Touch(member->session);
  }
  FlushTouched();
}

void Hub::OnAttachFailed(const ChannelName& name) {
  const auto found = channels_.find(name);
  if (found == channels_.end()) return;
  std::vector<Membership*> refused;
  std::vector<Membership*>& members = found->second.members;
  for (Membership* member : std::exchange(members, {})) {
    std::vector<Membership*>& place = member->joined() ? members : refused;
    member->index = place.size();
    place.push_back(member);
  }
  if (members.empty()) {
    Forget(found);
  } else {
    found->second.state = Channel::State::kFailed;
    failed_.push_back(name);
  }
  for (Membership* member : refused) {
    Touch(member->session);
    member->session.memberships().OnAttachFailed(*member);
  }
  FlushTouched();
}

void Hub::OnMessages(Partition partition, Offset through, const std::vector<MessagePtr>& messages) {
  Offset& reached = through_.try_emplace(partition, -1).first->second;
  reached = std::max(reached, through);
  for (const MessagePtr& message : messages) {
    const auto found = channels_.find(message->message().channel);
    // It may have been left since the feed sent this; and whoever joined it again is not live
    // before the new attach.
    if (found == channels_.end()) continue;
    const Offset offset = message->position().offset;
    for (Membership* member : found->second.members) {
      if (member->state != Membership::State::kLive || offset <= member->last) continue;
      member->last = offset;
      member->session.events().Deliver(*message);
      Touch(member->session);
    }
  }
  FlushTouched();
}

void Hub::OnLoss(const ChannelName& name, Offset through) {
  const auto found = channels_.find(name);
  if (found == channels_.end()) return;
  Channel& channel = found->second;
  channel.at = std::max(channel.at, through);
  for (Membership* member : channel.members) {
    member->session.memberships().OnLoss(*member, through);
    Touch(member->session);
  }
  FlushTouched();
}

void Hub::OnPage(std::uint64_t request, const Page& page) {
  const auto found = pages_.find(request);
  if (found == pages_.end()) return;
  const PageDone done = std::move(found->second);
  pages_.erase(found);
  done(page);
}

void Hub::OnRoster(const RosterChange& change) {
  const auto found = channels_.find(change.channel);
  if (found == channels_.end()) return;
  Channel& channel = found->second;
  edge::v1::Event event;
  auto& presence = *event.mutable_presence();
  presence.set_channel(change.channel.value());
  for (const UserId& user : change.joined) presence.add_joined(user.value());
  for (const UserId& user : change.left) presence.add_left(user.value());
  presence.set_members(change.members);
  if (change.joined.empty() && change.left.empty()) {
    if (!channel.telling) {
      channel.telling = std::make_unique<CountTelling>();
      telling_.push_back(change.channel);
    }
    channel.telling->Tell(std::move(event), ++counts_);
    return;
  }
  // A change with names: the channel is a small one, and no older count may follow it.
  channel.telling.reset();
  SharedEvent shared(std::move(event));
  for (Membership* member : channel.members) {
    if (!member->joined()) continue;
    member->session.events().Send(shared);
    Touch(member->session);
  }
  FlushTouched();
}

bool Hub::TellCounts() {
  std::vector<Session*> told;
  for (const ChannelName& name : std::exchange(telling_, {})) {
    const auto found = channels_.find(name);
    if (found == channels_.end() || !found->second.telling) continue;
    if (found->second.telling->Turn(found->second.members, told)) {
      telling_.push_back(name);
    } else {
      found->second.telling.reset();
    }
  }
  for (Session* session : told) Touch(*session);
  FlushTouched();
  return !telling_.empty();
}

void Hub::Tick(TimePoint now) {
  for (const ChannelName& name : std::exchange(failed_, {})) {
    const auto found = channels_.find(name);
    if (found != channels_.end() && found->second.state == Channel::State::kFailed) Ask(found);
  }
  double outbox_bytes = 0;
  for (Session* session : sessions_) {
    session->Tick(now);
    outbox_bytes += static_cast<double>(session->events().outbox().bytes());
  }
  metrics_.outbox_bytes.Increment(outbox_bytes - std::exchange(outbox_bytes_, outbox_bytes));
}

void Hub::Touch(Session& session) {
  if (std::exchange(session.touched, true)) return;
  touched_.push_back(&session);
}

void Hub::FlushTouched() {
  // Flushing may end a session, which leaves its channels: nothing above iterates over them any
  // more.
  for (Session* session : touched_) {
    session->touched = false;
    session->Flush();
  }
  touched_.clear();
}

}  // namespace parley::gateway
