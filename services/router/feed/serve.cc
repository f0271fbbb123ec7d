#include "services/router/feed/serve.h"

#include <algorithm>
#include <utility>

#include "services/common/plant.h"

#include "services/router/feed/link_core.h"
#include "services/router/partition_core.h"

namespace parley::router {

Serve::Serve(LinkCore& link, PartitionCore& partition, const LinkConfig& config,
             RouterCounters& counters, const internal::v1::Serve& request)
    : link_(link),
      partition_(partition),
      config_(config),
      counters_(counters),
      number_(request.serve()),
      cursor_(request.has_cursor() ? std::optional(request.cursor()) : std::nullopt),
      wanted_(partition.channels()) {
  for (const std::string& channel : request.channels()) wanted_.Add(channel);
}

Serve::~Serve() {
  partition_.RemoveServe(*this);
  DropHistory();
}

void Serve::Begin() { partition_.AddServe(*this); }

Partition Serve::partition() const { return partition_.number(); }

void Serve::Add(const std::string& channel, std::uint64_t add) {
  wanted_.Add(channel);
  if (started_) {
    AnswerAdd(channel, add);
  } else {
    adds_.push_back({channel, add});
  }
}

void Serve::Remove(const std::string& channel) {
  wanted_.Remove(channel);
  std::erase_if(adds_, [&](const PendingAdd& pending) { return pending.channel == channel; });
}

void Serve::OnAdvance() {
  if (!started_) Start();
  link_.MarkReady(partition());
}

void Serve::Start() {
  started_ = true;
  told_ = seen_ = cursor_.value_or(partition_.tail().end() - 1);
  for (const PendingAdd& pending : adds_) AnswerAdd(pending.channel, pending.add);
  adds_.clear();
}

// Control frames go before deliveries, so that what is delivered after this answer has the channel
// from there on.
void Serve::AnswerAdd(const std::string& channel, std::uint64_t add) {
  internal::v1::RouterFrame frame;
  internal::v1::Added& added = *frame.mutable_added();
  added.set_partition(partition());
  added.set_channel(channel);
  added.set_add(add);
  added.set_at(Reached());
  link_.QueueControl(frame);
}

Offset Serve::Reached() const {
  if (page_) return std::max(seen_, page_->through);
  if (job_) return std::max(seen_, partition_.history().Progress(*job_));
  return seen_;
}

std::optional<Frame> Serve::Next(TimePoint now) {
  if (!started_) return std::nullopt;
  if (page_) {
    HistoryPage page = *std::exchange(page_, std::nullopt);
    link_.EndHistoryPage();
    link_.MarkReady(partition());
    counters_.delivered_from_history += page.records.count();
    return Deliver(std::move(page.records), page.through, now);
  }
  const Tail& tail = partition_.tail();
  if (tail.Covers(seen_)) DropHistory();
  if (!tail.Covers(seen_)) {
    if (!job_) AskHistory();
  } else if (seen_ + 1 < tail.end()) {
    Slice slice = tail.After(seen_, wanted_, config_.deliver_bytes_max);
    if (!slice.records.empty()) {
      if (Planted("lose-frame") && number_ % 2 == 0 && slice.through % 20 == 7) {
        told_ = seen_ = slice.through;
        return std::nullopt;
      }
      counters_.delivered_from_tail += slice.records.count();
      if (slice.through + 1 < tail.end()) link_.MarkReady(partition());
      return Deliver(std::move(slice.records), slice.through, now);
    }
    seen_ = slice.through;
  }
  if (answered_ && !due(now)) return std::nullopt;
  return Deliver({}, seen_, now);
}

Frame Serve::Deliver(RecordRuns records, Offset through, TimePoint now) {
  Frame frame = DeliverFrame(partition(), number_, told_, through, std::move(records));
  told_ = seen_ = through;
  answered_ = true;
  sent_at_ = now;
  return frame;
}

void Serve::AskHistory() {
  if (!link_.BeginHistoryPage(partition())) return;
  const Offset next = seen_ + 1;
  job_ = partition_.history().Submit(
      {.next = next,
       .through = std::max(next, partition_.tail().start() - 1),
       .wants = [this](std::string_view channel) { return wanted_.Has(channel); },
       .records_max = SIZE_MAX,
       .bytes_max = config_.deliver_bytes_max,
       .done = [this](HistoryPage page) { OnPage(std::move(page)); }});
}

void Serve::DropHistory() {
  if (job_) partition_.history().Cancel(*job_);
  if (job_ || page_) link_.EndHistoryPage();
  job_.reset();
  page_.reset();
}

void Serve::OnPage(HistoryPage page) {
  job_.reset();
  link_.MarkReady(partition());
  if (page.records.empty() && page.through + 1 < page.bounds.start) {
    link_.EndHistoryPage();
    ++counters_.losses;
    internal::v1::RouterFrame frame;
    internal::v1::Lost& lost = *frame.mutable_lost();
    lost.set_partition(partition());
    lost.set_serve(number_);
    lost.set_from(told_);
    lost.set_through(page.bounds.start - 1);
    link_.QueueControl(frame);
    told_ = seen_ = page.bounds.start - 1;
    return;
  }
  page_ = std::move(page);
}

}  // namespace parley::router
