#include "services/gateway/feed/feed.h"

#include <algorithm>
#include <utility>

namespace parley::gateway {

using internal::v1::RouterFrame;

Feed::Feed(const FeedConfig& config, RouterSink& routers)
    : config_(config),
      shared_{config_,
              routers,
              RouterLinks(config_.link_silence_max),
              RecentMessages(config_),
              {},
              0,
              0,
              0,
              0},
      reads_(config_, shared_.links, routers) {}

void Feed::SetLogInfo(const LogInfo& info) {
  if (log_ && info.epoch <= log_->epoch) return;
  if (log_) ++shared_.counters.new_logs;
  log_ = info;
  shared_.epoch = info.epoch;
  partitions_.clear();
  for (HubInbox* hub : hubs_) hub->OnLog(info);
  AnswerBusy(reads_.TakeAll());
  for (const LinkId link : shared_.links.TakeAll()) shared_.routers.Close(link, LinkEnd::kNewLog);
}

LinkVerdict Feed::OnLinkUp(LinkId link, const internal::v1::RouterHello& hello, TimePoint now) {
  const RouterId router(hello.router_id());
  const std::optional<LinkId> older = shared_.links.OfRouter(router);
  LinkVerdict verdict = LinkVerdict::kAccepted;
  if (!log_) {
    verdict = LinkVerdict::kNotReady;
  } else if (!CommonLinkVersion(hello.version())) {
    verdict = LinkVerdict::kVersion;
  } else if (hello.log_epoch() != log_->epoch) {
    verdict = LinkVerdict::kEpoch;
  } else if (hello.partitions() != log_->partitions) {
    verdict = LinkVerdict::kPartitions;
  } else if (!older && shared_.links.size() >= config_.links_max) {
    verdict = LinkVerdict::kTooMany;
  }
  if (verdict != LinkVerdict::kAccepted) {
    ++shared_.counters.links_refused;
    return verdict;
  }
  shared_.links.Add(link, router, now);
  if (older) {
    OnLinkDown(*older, now);
    shared_.routers.Close(*older, LinkEnd::kReplaced);
  }
  ReconsiderAll(now);
  return verdict;
}

void Feed::OnLinkDown(LinkId link, TimePoint now) {
  if (!shared_.links.Has(link)) return;
  shared_.links.Remove(link);
  ReconsiderAll(now);
}

void Feed::OnHeld(LinkId link, TimePoint now) {
  if (shared_.links.Has(link) && shared_.links.Heard(link, now)) ReconsiderAll(now);
}

void Feed::OnFrame(LinkId link, RouterFrame frame, TimePoint now) {
  if (!shared_.links.Has(link)) return;
  if (shared_.links.Heard(link, now)) ReconsiderAll(now);
  switch (frame.frame_case()) {
    case RouterFrame::kClaim:
      OnClaim(link, frame.claim(), now);
      break;
    case RouterFrame::kDeliver:
      if (PartitionFeed* partition = Find(frame.deliver().partition())) {
        partition->OnDeliver(link, *frame.mutable_deliver(), now);
      }
      break;
    case RouterFrame::kAdded:
      if (PartitionFeed* partition = Find(frame.added().partition()))
        partition->OnAdded(link, frame.added());
      break;
    case RouterFrame::kLost:
      if (PartitionFeed* partition = Find(frame.lost().partition()))
        partition->OnLost(link, frame.lost(), now);
      break;
    case RouterFrame::kLeaving:
      shared_.links.SetLeaving(link);
      ReconsiderAll(now);
      break;
    case RouterFrame::kRead:
      OnReadAnswer(link, *frame.mutable_read(), now);
      break;
    default:
      break;  // A pulse, or what a newer router says: it has been heard.
  }
}

void Feed::Register(HubInbox& hub) {
  hubs_.push_back(&hub);
  if (log_) hub.OnLog(*log_);
}

void Feed::Attach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch, TimePoint now) {
  if (!Knows(epoch)) return;
  const Partition partition = PartitionOf(channel, log_->partitions);
  auto found = partitions_.find(partition);
  if (found == partitions_.end())
    found = partitions_.try_emplace(partition, partition, shared_, now).first;
  found->second.Attach(hub, channel, now);
  if (found->second.empty()) partitions_.erase(found);
}

void Feed::Detach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch) {
  if (!Knows(epoch)) return;
  const auto found = partitions_.find(PartitionOf(channel, log_->partitions));
  if (found == partitions_.end()) return;
  found->second.Detach(hub, channel);
  if (found->second.empty()) partitions_.erase(found);
}

void Feed::ReadPage(HubInbox& hub, std::uint64_t request, PageRequest page, TimePoint now) {
  page.limit = std::clamp<std::uint32_t>(page.limit, 1, config_.page_messages_max);
  page.bytes_max = std::clamp<std::size_t>(page.bytes_max, 1, config_.page_bytes_max);
  if (Knows(page.epoch)) {
    const Partition number = PartitionOf(page.channel, log_->partitions);
    const PartitionFeed* partition = Find(number);
    if (partition != nullptr && page.direction == PageRequest::Direction::kForward) {
      if (std::optional<Page> answer = partition->PageFromMemory(page)) {
        ++shared_.counters.pages_from_memory;
        answer->caught_up = partition->CaughtUp(hub, page.channel, answer->through);
        hub.OnPage(request, std::move(*answer));
        return;
      }
    }
    if (reads_.Start({&hub, request, std::move(page)}, number, now)) return;
  }
  ++shared_.counters.pages_busy;
  hub.OnPage(request, Page{});
}

void Feed::Tick(TimePoint now) {
  if (shared_.links.NoteSilence(now)) reads_.Reconsider(now);
  for (auto partition = partitions_.begin(); partition != partitions_.end();) {
    partition->second.Tick(now);
    partition = partition->second.empty() ? partitions_.erase(partition) : std::next(partition);
  }
  AnswerBusy(reads_.Tick(now));
}

FeedCounters Feed::counters() const {
  FeedCounters counters = shared_.counters;
  counters.recent_evicted = shared_.recent.evicted();
  return counters;
}

void Feed::OnClaim(LinkId link, const internal::v1::Claim& claim, TimePoint now) {
  std::vector<Partition> partitions;
  for (const Partition partition : claim.partitions()) {
    if (partition >= 0 && partition < log_->partitions) partitions.push_back(partition);
  }
  for (const Partition changed : shared_.links.SetClaims(link, std::move(partitions))) {
    if (PartitionFeed* partition = Find(changed)) partition->Reconsider(now);
  }
}

void Feed::OnReadAnswer(LinkId link, internal::v1::ReadAnswer& answer, TimePoint now) {
  std::optional<PageReads::Answer> result = reads_.OnAnswer(link, answer, log_->epoch, now);
  if (!result) return;
  ++shared_.counters.pages_from_routers;
  const PageRequest& request = result->ask.page;
  Page& page = result->page;
  const PartitionFeed* partition = Find(PartitionOf(request.channel, log_->partitions));
  page.caught_up = partition != nullptr && page.outcome == PageOutcome::kOk &&
                   request.direction == PageRequest::Direction::kForward &&
                   partition->CaughtUp(*result->ask.hub, request.channel, page.through);
  result->ask.hub->OnPage(result->ask.request, std::move(page));
}

PartitionFeed* Feed::Find(Partition partition) {
  const auto found = partitions_.find(partition);
  return found == partitions_.end() ? nullptr : &found->second;
}

void Feed::ReconsiderAll(TimePoint now) {
  for (auto& [number, partition] : partitions_) partition.Reconsider(now);
  reads_.Reconsider(now);
}

void Feed::AnswerBusy(const std::vector<PageReads::Ask>& asks) {
  for (const PageReads::Ask& ask : asks) {
    ++shared_.counters.pages_busy;
    ask.hub->OnPage(ask.request, Page{});
  }
}

}  // namespace parley::gateway
