#include "services/gateway/feed/partition_feed.h"

#include <algorithm>
#include <utility>

#include "services/common/plant.h"
#include "services/gateway/feed/record_message.h"
#include "services/gateway/hub/delivered_message.h"

namespace parley::gateway {

using internal::v1::GatewayFrame;

namespace {

// All of it lies in (from, through], in the order of the log.
bool IsConsistent(const internal::v1::Deliver& deliver) {
  Offset last = deliver.from();
  for (const internal::v1::LinkRecord& record : deliver.records()) {
    if (record.offset() <= last) return false;
    last = record.offset();
  }
  return last <= deliver.through();
}

}  // namespace

PartitionFeed::PartitionFeed(Partition partition, FeedShared& shared, TimePoint now)
    : partition_(partition),
      shared_(shared),
      choice_(partition, shared.config, shared.links, now),
      hubs_(partition),
      last_hole_(now) {}

PartitionFeed::~PartitionFeed() { shared_.channels -= channels_.size(); }

void PartitionFeed::Attach(HubInbox& hub, const ChannelName& name, TimePoint now) {
  auto found = channels_.find(name);
  const bool is_new = found == channels_.end();
  if (is_new) {
    if (shared_.channels >= shared_.config.channels_max) {
      ++shared_.counters.attaches_refused;
      hub.OnAttachFailed(name);
      return;
    }
    found = channels_.try_emplace(name, shared_.recent).first;
    ++shared_.channels;
  }
  FeedChannel& channel = found->second;
  if (!channel.HasMember(hub)) {
    channel.members.push_back({&hub, now + shared_.config.attach_deadline});
    hubs_.Join(hub, now);
  }
  if (channel.attached_at) {
    hub.OnAttached(name, std::max(*channel.attached_at, *cursor_));
  } else if (is_new) {
    pending_.insert(name);
    // Whoever is asked to serve next is asked for this channel too.
    if (served_by_ && shared_.links.Has(*served_by_)) Add(name, channel, now);
    if (Planted("join-early") && cursor_) {
      pending_.erase(name);
      return Confirm(name, channel, *cursor_);
    }
    Reconsider(now);
  }
}

void PartitionFeed::Detach(HubInbox& hub, const ChannelName& name) {
  const auto found = channels_.find(name);
  if (found == channels_.end() || !found->second.HasMember(hub)) return;
  if (!found->second.attached_at) hub.OnAttachFailed(name);
  std::erase_if(found->second.members,
                [&](const FeedChannel::Member& member) { return member.hub == &hub; });
  hubs_.Leave(hub);
  if (found->second.members.empty()) Drop(found);
}

void PartitionFeed::OnDeliver(LinkId link, internal::v1::Deliver& deliver, TimePoint now) {
  if (outgoing_ && outgoing_->link == link && outgoing_->serve == deliver.serve()) {
    return OnOutgoing(deliver, now);
  }
  if (!IsNewestServe(link, deliver.serve())) return;
  if (!IsConsistent(deliver)) {
    NoteHole(shared_.counters.malformed, now);
    return;
  }
  NoteAnswer(deliver.from(), now);
  if (deliver.from() > *cursor_ && !Planted("skip-cursor-check")) {
    NoteHole(shared_.counters.holes, now);
    return;
  }
  if (deliver.through() > *cursor_) holes_in_a_row_ = 0;
  HandOn(deliver, now);
}

// The same rule as for the newest serve, but what breaks it ends it: the newest was asked already.
void PartitionFeed::OnOutgoing(internal::v1::Deliver& deliver, TimePoint now) {
  if (!IsConsistent(deliver) || deliver.from() > *cursor_) return StopOutgoing();
  HandOn(deliver, now);
}

void PartitionFeed::OnAdded(LinkId link, const internal::v1::Added& added) {
  const ChannelName name(added.channel());
  const auto found = channels_.find(name);
  // The number says it all: it was given once, and forgotten if the server has changed since.
  if (found == channels_.end() || found->second.attached_at || added.add() == 0 ||
      found->second.add != added.add() || served_by_ != link) {
    return;
  }
  // It delivers the channel from here on, which its predecessor does not.
  StopOutgoing();
  // Before any join is answered: if the next server started elsewhere, what lies between would be
  // missing.
  if (!cursor_) cursor_ = added.at();
  pending_.erase(name);
  Confirm(name, found->second, std::max(added.at(), *cursor_));
}

void PartitionFeed::OnLost(LinkId link, const internal::v1::Lost& lost, TimePoint now) {
  if (!IsNewestServe(link, lost.serve())) return;
  if (lost.from() > lost.through() || (cursor_ && lost.from() > *cursor_)) {
    NoteHole(shared_.counters.holes, now);
    return;
  }
  const Offset through = std::max(lost.through(), cursor_.value_or(lost.through()));
  if (cursor_ && through > *cursor_) {
    ++shared_.counters.losses;
    for (auto& [name, channel] : channels_) {
      if (!channel.attached_at || *channel.attached_at >= through) continue;
      channel.last.reset();
      channel.recent.Restart(through);
      for (const FeedChannel::Member& member : channel.members) {
        member.hub->OnLoss(name, through);
      }
    }
  }
  cursor_ = through;
  holes_in_a_row_ = 0;
  NoteAnswer(through, now);
}

void PartitionFeed::Reconsider(TimePoint now) {
  if (channels_.empty()) return;
  if (const std::optional<LinkId> link = choice_.Decide(now)) Serve(*link, now);
}

void PartitionFeed::Tick(TimePoint now) {
  FailOverdueAttaches(now);
  if (channels_.empty()) return;
  const bool asked =
      served_by_ && served_by_ == choice_.server() && shared_.links.IsLive(*served_by_);
  if (asked && now >= answer_deadline_) {
    ++shared_.counters.serves_unanswered;
    choice_.PassOver(now);
  } else if (asked && ((serve_again_at_ && now >= *serve_again_at_) || AnyAddOverdue(now))) {
    ServeAgain(now);
  }
  Reconsider(now);
  if (cursor_) hubs_.TellProgress(*cursor_, now - shared_.config.progress_interval, now);
}

std::optional<Page> PartitionFeed::PageFromMemory(const PageRequest& request) const {
  const auto found = channels_.find(request.channel);
  if (found == channels_.end() || !found->second.attached_at) return std::nullopt;
  return found->second.recent.Forward(request, *cursor_);
}

bool PartitionFeed::CaughtUp(const HubInbox& hub, const ChannelName& name, Offset through) const {
  const auto found = channels_.find(name);
  if (found == channels_.end() || !found->second.attached_at || !found->second.HasMember(hub))
    return false;
  return through >= std::max(*cursor_, *found->second.attached_at);
}

void PartitionFeed::Serve(LinkId link, TimePoint now) {
  if (served_by_ != link) {
    if (served_by_) ++shared_.counters.moves;
    if (answered_ && !choice_.failed() && shared_.links.IsHeard(*served_by_)) {
      outgoing_ = {*served_by_, serve_};
    } else {
      StopServer();
    }
  }
  // Its new serve replaces the one that it had.
  if (outgoing_ && outgoing_->link == link) outgoing_.reset();
  choice_.Chosen(link, now);
  served_by_ = link;
  serve_ = ++shared_.last_serve;
  answered_ = false;
  answer_deadline_ = now + choice_.answer_deadline();
  serve_again_at_.reset();
  for (const ChannelName& name : pending_) channels_.at(name).add = 0;

  GatewayFrame frame;
  internal::v1::Serve& serve = *frame.mutable_serve();
  serve.set_partition(partition_);
  serve.set_serve(serve_);
  if (cursor_) serve.set_cursor(*cursor_);
  for (const auto& [name, channel] : channels_) serve.add_channels(name.value());
  shared_.routers.Send(link, frame);
  ++shared_.counters.serves;
}

void PartitionFeed::StopServer() {
  if (served_by_) Stop(*served_by_, serve_);
}

void PartitionFeed::StopOutgoing() {
  if (outgoing_) Stop(outgoing_->link, outgoing_->serve);
  outgoing_.reset();
}

void PartitionFeed::Stop(LinkId link, std::uint64_t serve) {
  if (!shared_.links.Has(link)) return;
  GatewayFrame frame;
  frame.mutable_stop()->set_partition(partition_);
  frame.mutable_stop()->set_serve(serve);
  shared_.routers.Send(link, frame);
}

void PartitionFeed::ServeAgain(TimePoint now) {
  if (holes_in_a_row_ > 1) {
    // Twice at the same place: another router may do better.
    choice_.PassOver(now);
    Reconsider(now);
  } else {
    Serve(*served_by_, now);
  }
}

void PartitionFeed::NoteHole(std::uint64_t& counter, TimePoint now) {
  if (serve_again_at_) return;  // Frames behind the hole are part of it.
  ++counter;
  const FeedConfig& config = shared_.config;
  if (now - last_hole_ > config.hole_memory) hole_backoff_ = {};
  last_hole_ = now;
  ++holes_in_a_row_;
  serve_again_at_ = now + hole_backoff_;
  hole_backoff_ =
      std::clamp<Duration>(hole_backoff_ * 2, config.hole_backoff_first, config.hole_backoff_max);
  if (now >= *serve_again_at_) ServeAgain(now);
}

bool PartitionFeed::IsNewestServe(LinkId link, std::uint64_t serve) {
  if (served_by_ == link && serve_ == serve) return true;
  if (Planted("accept-stale-serve") && cursor_) return true;
  ++shared_.counters.stale;
  return false;
}

void PartitionFeed::NoteAnswer(Offset from, TimePoint now) {
  answer_deadline_ = now + shared_.config.deliver_silence_max;
  if (std::exchange(answered_, true)) return;
  StopOutgoing();
  choice_.Answered();
  if (!cursor_) cursor_ = from;
  ConfirmServed();
}

void PartitionFeed::HandOn(internal::v1::Deliver& deliver, TimePoint now) {
  std::vector<PartitionHubs::Handed> batch;
  batch.reserve(static_cast<std::size_t>(deliver.records_size()));
  for (internal::v1::LinkRecord& record : *deliver.mutable_records()) {
    if (record.offset() <= *cursor_) {
      ++shared_.counters.repeated;
      continue;
    }
    const auto found = channels_.find(ChannelName(record.channel()));
    if (found == channels_.end()) continue;  // Removed meanwhile.
    FeedChannel& channel = found->second;
    if (!channel.attached_at || record.offset() <= *channel.attached_at) continue;
    if (Planted("drop-record") && record.offset() % 50 == 7) continue;
    MessagePtr message = MakeMessage(record, shared_.epoch, partition_, channel.last);
    channel.last = message->position().offset;
    channel.recent.Push(message);
    batch.push_back({std::move(message), &channel});
  }
  cursor_ = std::max(*cursor_, deliver.through() + (Planted("cursor-too-far") ? 1 : 0));
  shared_.counters.messages += batch.size();
  if (!batch.empty()) hubs_.HandOn(batch, *cursor_, now);
}

void PartitionFeed::Add(const ChannelName& name, FeedChannel& channel, TimePoint now) {
  channel.add = ++shared_.last_add;
  channel.add_deadline = now + shared_.config.add_answer_deadline;
  GatewayFrame frame;
  internal::v1::Add& add = *frame.mutable_add();
  add.set_partition(partition_);
  add.set_serve(serve_);
  add.set_channel(name.value());
  add.set_add(channel.add);
  shared_.routers.Send(*served_by_, frame);
}

void PartitionFeed::ConfirmServed() {
  for (auto name = pending_.begin(); name != pending_.end();) {
    FeedChannel& channel = channels_.at(*name);
    if (channel.add != 0) {
      ++name;
      continue;
    }
    Confirm(*name, channel, *cursor_);
    name = pending_.erase(name);
  }
}

void PartitionFeed::Confirm(const ChannelName& name, FeedChannel& channel, Offset at) {
  channel.add = 0;
  channel.attached_at = at;
  channel.recent.Restart(at);
  for (const FeedChannel::Member& member : channel.members) member.hub->OnAttached(name, at);
}

void PartitionFeed::Drop(Channels::iterator channel) {
  const ChannelName name = channel->first;
  pending_.erase(name);
  channels_.erase(channel);
  --shared_.channels;
  if (channels_.empty()) {
    StopOutgoing();
    StopServer();
    return;
  }
  if (!served_by_ || !shared_.links.Has(*served_by_)) return;
  GatewayFrame frame;
  internal::v1::Remove& remove = *frame.mutable_remove();
  remove.set_partition(partition_);
  remove.set_serve(serve_);
  remove.set_channel(name.value());
  shared_.routers.Send(*served_by_, frame);
}

void PartitionFeed::FailOverdueAttaches(TimePoint now) {
  const std::vector<ChannelName> names(pending_.begin(), pending_.end());
  for (const ChannelName& name : names) {
    const auto found = channels_.find(name);
    std::erase_if(found->second.members, [&](const FeedChannel::Member& member) {
      if (now < member.deadline) return false;
      ++shared_.counters.attaches_failed;
      member.hub->OnAttachFailed(name);
      hubs_.Leave(*member.hub);
      return true;
    });
    if (found->second.members.empty()) Drop(found);
  }
}

bool PartitionFeed::AnyAddOverdue(TimePoint now) const {
  return std::any_of(pending_.begin(), pending_.end(), [&](const ChannelName& name) {
    const FeedChannel& channel = channels_.at(name);
    return channel.add != 0 && now >= channel.add_deadline;
  });
}

}  // namespace parley::gateway
