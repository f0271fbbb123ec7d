#include "services/gateway/feed/page_reads.h"

#include <algorithm>
#include <utility>

#include "services/gateway/feed/record_message.h"
#include "services/gateway/hub/delivered_message.h"

namespace parley::gateway {
namespace {

PageOutcome OutcomeOf(internal::v1::ReadOutcome outcome) {
  switch (outcome) {
    case internal::v1::READ_OUTCOME_OK:
      return PageOutcome::kOk;
    case internal::v1::READ_OUTCOME_EXPIRED:
      return PageOutcome::kExpired;
    case internal::v1::READ_OUTCOME_TOO_FAR:
      return PageOutcome::kTooFar;
    case internal::v1::READ_OUTCOME_FUTURE:
      return PageOutcome::kFuture;
    default:
      return PageOutcome::kBusy;
  }
}

Page MakePage(const PageRequest& request, internal::v1::ReadAnswer& answer, LogEpoch epoch,
              Partition partition) {
  Page page;
  page.outcome = OutcomeOf(answer.outcome());
  page.start = answer.start();
  if (page.outcome != PageOutcome::kOk) return page;
  page.messages.reserve(static_cast<std::size_t>(answer.records_size()));
  std::optional<Offset> previous;
  for (internal::v1::LinkRecord& record : *answer.mutable_records()) {
    page.messages.push_back(MakeMessage(record, epoch, partition, previous));
    previous = record.offset();
  }
  if (request.direction == PageRequest::Direction::kForward) {
    page.through = std::max(answer.through(), request.bound);
  } else {
    page.from = answer.from();
    page.at_start = answer.at_start();
  }
  return page;
}

internal::v1::GatewayFrame MakeFrame(std::uint64_t number, Partition partition,
                                     const PageRequest& request) {
  internal::v1::GatewayFrame frame;
  internal::v1::Read& read = *frame.mutable_read();
  read.set_read(number);
  read.set_partition(partition);
  read.set_channel(request.channel.value());
  if (request.direction == PageRequest::Direction::kForward) {
    read.set_after(request.bound);
    read.set_distance_max(request.distance_max);
  } else {
    read.set_before(request.bound);
  }
  read.set_limit(request.limit);
  read.set_bytes_max(static_cast<std::uint32_t>(request.bytes_max));
  return frame;
}

}  // namespace

bool PageReads::Start(Ask ask, Partition partition, TimePoint now) {
  if (reads_.size() >= config_.reads_max) return false;
  Attempt({std::move(ask), partition, now + config_.read_deadline, std::nullopt, now, 0}, now);
  return true;
}

std::optional<PageReads::Answer> PageReads::OnAnswer(LinkId link, internal::v1::ReadAnswer& answer,
                                                     LogEpoch epoch, TimePoint now) {
  const auto found = reads_.find(answer.read());
  if (found == reads_.end() || found->second.link != link) return std::nullopt;
  Page page = MakePage(found->second.ask.page, answer, epoch, found->second.partition);
  if (page.outcome == PageOutcome::kBusy) {
    found->second.link.reset();
    found->second.next_attempt_at = now + config_.read_retry_delay;
    return std::nullopt;
  }
  Answer result{std::move(found->second.ask), std::move(page)};
  reads_.erase(found);
  return result;
}

void PageReads::Reconsider(TimePoint now) {
  for (auto& [number, read] : reads_) {
    if (!read.link || links_.IsLive(*read.link)) continue;
    // A router that leaves still answers what it can; it is asked in vain only once it is gone.
    read.link.reset();
    read.next_attempt_at = now;
  }
  AttemptDue(now);
}

std::vector<PageReads::Ask> PageReads::Tick(TimePoint now) {
  std::vector<Ask> overdue;
  for (auto read = reads_.begin(); read != reads_.end();) {
    if (now < read->second.deadline) {
      ++read;
      continue;
    }
    overdue.push_back(std::move(read->second.ask));
    read = reads_.erase(read);
  }
  AttemptDue(now);
  return overdue;
}

std::vector<PageReads::Ask> PageReads::TakeAll() {
  std::vector<Ask> asks;
  for (auto& [number, read] : std::exchange(reads_, {})) asks.push_back(std::move(read.ask));
  return asks;
}

void PageReads::Attempt(Read read, TimePoint now) {
  const std::vector<LinkId> readers = links_.Readers(read.partition);
  const std::uint64_t number = ++last_read_;
  if (readers.empty()) {
    read.link.reset();
    read.next_attempt_at = now + config_.read_retry_delay;
  } else {
    read.link = readers[read.attempts++ % readers.size()];
    read.next_attempt_at = now + config_.read_attempt_deadline;
    routers_.Send(*read.link, MakeFrame(number, read.partition, read.ask.page));
  }
  reads_.emplace(number, std::move(read));
}

void PageReads::AttemptDue(TimePoint now) {
  std::vector<Read> due;
  for (auto read = reads_.begin(); read != reads_.end();) {
    if (now < read->second.next_attempt_at) {
      ++read;
      continue;
    }
    due.push_back(std::move(read->second));
    read = reads_.erase(read);
  }
  for (Read& read : due) Attempt(std::move(read), now);
}

}  // namespace parley::gateway
