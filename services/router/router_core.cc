#include "services/router/router_core.h"

#include <algorithm>

#include "services/common/link_version.h"

namespace parley::router {

RouterCore::RouterCore(const CoreConfig& config, const LogInfo& log, const RouterId& id,
                       LogPort& log_port, LinkPort& link_port)
    : config_(config), log_(log), id_(id), log_port_(log_port), link_port_(link_port) {
  while (partitions_.size() < static_cast<std::size_t>(log.partitions)) AddPartition();
}

void RouterCore::AddPartition() {
  const auto answer = [this](LinkId link, const PageAnswer& page) {
    if (LinkCore* found = FindLink(link)) found->QueueAnswer(page);
  };
  partitions_.push_back(std::make_unique<PartitionCore>(
      static_cast<Partition>(partitions_.size()), config_, log_port_, ids_, counters_, answer));
}

void RouterCore::OnLinkUp(LinkId link, TimePoint now) {
  std::unique_ptr<LinkCore>& core = links_[link];
  core =
      std::make_unique<LinkCore>(link, log_, config_.link, partitions_, link_port_, counters_, now);
  internal::v1::RouterFrame frame;
  internal::v1::RouterHello& hello = *frame.mutable_hello();
  hello.set_router_id(id_.value());
  hello.set_version(kLinkVersion);
  hello.set_log_epoch(log_.epoch);
  hello.set_partitions(log_.partitions);
  core->QueueControl(frame);
  ClaimAt(*core);
  if (leaving_) core->QueueControl(LeavingFrame());
  Settle(now);
}

void RouterCore::OnLinkFrame(LinkId link, const internal::v1::GatewayFrame& frame, TimePoint now) {
  if (LinkCore* found = FindLink(link)) found->OnFrame(frame, now);
  Settle(now);
}

void RouterCore::OnLinkWritten(LinkId link, TimePoint now) {
  LinkCore* found = FindLink(link);
  if (found == nullptr) return;
  found->OnWritten();
  found->Pump(now);
}

void RouterCore::OnLinkDown(LinkId link, TimePoint now) {
  for (const auto& partition : partitions_) partition->ForgetReads(link);
  links_.erase(link);
  Settle(now);
}

void RouterCore::OnOwned(const std::vector<Ownership>& owned, TimePoint now) {
  for (const Ownership& entry : owned) {
    while (entry.partition >= static_cast<Partition>(partitions_.size())) AddPartition();
  }
  for (const auto& partition : partitions_) {
    const auto entry = std::find_if(owned.begin(), owned.end(), [&](const Ownership& candidate) {
      return candidate.partition == partition->number();
    });
    if (entry == owned.end()) {
      partition->Disown();
    } else {
      partition->Own(entry->committed);
    }
  }
  Settle(now);
}

void RouterCore::OnReading(const ReadingStart& start, TimePoint now) {
  if (PartitionCore* partition = Find(partitions_, start.partition))
    partition->OnReading(start, now);
  Settle(now);
}

void RouterCore::OnBatch(RequestId reading, const BatchPtr& batch, TimePoint now) {
  if (PartitionCore* partition = Find(partitions_, batch->partition()))
    partition->OnBatch(reading, batch, now);
  Settle(now);
}

void RouterCore::OnHistory(const HistoryChunk& chunk, TimePoint now) {
  if (PartitionCore* partition = Find(partitions_, chunk.partition))
    partition->OnHistory(chunk, now);
  Settle(now);
}

void RouterCore::OnBounds(Partition partition, const std::optional<LogBounds>& bounds,
                          TimePoint now) {
  if (PartitionCore* found = Find(partitions_, partition)) found->OnBounds(bounds, now);
  Settle(now);
}

void RouterCore::OnProduced(Partition partition, RequestId id, bool stored, TimePoint now) {
  if (PartitionCore* found = Find(partitions_, partition)) found->OnProduced(id, stored, now);
}

void RouterCore::Tick(TimePoint now) {
  for (const auto& partition : partitions_) partition->Tick(now);
  for (const auto& [id, link] : links_) link->Tick(now);
  if (now - claimed_at_ >= config_.link.claim_interval) ClaimEverywhere(now);
  Settle(now);
}

void RouterCore::Leave(TimePoint now) {
  leaving_ = true;
  for (const auto& [id, link] : links_) link->QueueControl(LeavingFrame());
  Settle(now);
}

bool RouterCore::HandedOver() const {
  return std::all_of(links_.begin(), links_.end(), [](const auto& link) {
    return link.second->flushed() && !link.second->serving();
  });
}

void RouterCore::FinishEffects(TimePoint now) {
  for (const auto& partition : partitions_) partition->FinishEffects(now);
}

bool RouterCore::EffectsFinished() const {
  return std::all_of(partitions_.begin(), partitions_.end(),
                     [](const auto& partition) { return partition->EffectsFinished(); });
}

std::size_t RouterCore::partitions_owned() const {
  return static_cast<std::size_t>(
      std::count_if(partitions_.begin(), partitions_.end(),
                    [](const auto& partition) { return partition->owned(); }));
}

std::size_t RouterCore::partitions_adopted() const {
  return static_cast<std::size_t>(
      std::count_if(partitions_.begin(), partitions_.end(),
                    [](const auto& partition) { return partition->adopted(); }));
}

std::size_t RouterCore::tail_bytes() const {
  std::size_t bytes = 0;
  for (const auto& partition : partitions_) bytes += partition->tail().bytes();
  return bytes;
}

bool RouterCore::OwnedAreReady() const {
  return std::all_of(partitions_.begin(), partitions_.end(), [](const auto& partition) {
    return !partition->owned() || partition->ready();
  });
}

LinkCore* RouterCore::FindLink(LinkId link) {
  const auto found = links_.find(link);
  return found == links_.end() ? nullptr : found->second.get();
}

internal::v1::RouterFrame RouterCore::LeavingFrame() {
  internal::v1::RouterFrame frame;
  frame.mutable_leaving();
  return frame;
}

// What is owned but not ready yet would only make the gateways wait.
std::vector<Partition> RouterCore::Claimable() const {
  std::vector<Partition> claimable;
  if (leaving_) return claimable;
  for (const auto& partition : partitions_) {
    const bool of_log = partition->number() < log_.partitions;
    if (of_log && partition->owned() && partition->ready())
      claimable.push_back(partition->number());
  }
  return claimable;
}

void RouterCore::ClaimAt(LinkCore& link) const {
  internal::v1::RouterFrame frame;
  internal::v1::Claim& claim = *frame.mutable_claim();
  for (const Partition partition : claimed_) claim.add_partitions(partition);
  link.QueueControl(frame);
}

void RouterCore::ClaimEverywhere(TimePoint now) {
  claimed_at_ = now;
  for (const auto& [id, link] : links_) ClaimAt(*link);
}

void RouterCore::Settle(TimePoint now) {
  std::vector<Partition> claimable = Claimable();
  if (claimable != claimed_) {
    claimed_ = std::move(claimable);
    ClaimEverywhere(now);
  }
  for (const auto& [id, link] : links_) link->Pump(now);
}

}  // namespace parley::router
