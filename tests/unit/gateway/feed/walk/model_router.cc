#include "tests/unit/gateway/feed/walk/model_router.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace parley::gateway::walk {

void ModelRouter::Up(LinkId link, TimePoint now) {
  Down();
  link_ = link;
  pulsed_ = now;
}

void ModelRouter::Down() {
  link_.reset();
  leaving_ = false;
  in_.clear();
  out_.clear();
  serves_.clear();
}

void ModelRouter::Restart() {
  Down();
  stands_.clear();
}

void ModelRouter::Rewind(Partition partition) {
  const auto found = serves_.find(partition);
  if (found == serves_.end()) return;
  Offset& pointer = found->second.pointer;
  pointer = std::max<Offset>({pointer - Pick(6), log_.Start(partition) - 1, -1});
}

void ModelRouter::Skip(Partition partition) {
  const auto found = serves_.find(partition);
  if (found == serves_.end()) return;
  Offset& pointer = found->second.pointer;
  pointer = std::max(pointer, std::min<Offset>(pointer + Pick(6), Stand(partition)));
}

void ModelRouter::Leave() {
  leaving_ = true;
  out_.emplace_back().mutable_leaving();
}

void ModelRouter::Claim(std::set<Partition> partitions) {
  internal::v1::Claim& claim = *out_.emplace_back().mutable_claim();
  for (const Partition partition : partitions) claim.add_partitions(partition);
}

void ModelRouter::HandleOne() {
  const GatewayFrame frame = std::move(in_.front());
  in_.pop_front();
  if (frame.has_serve()) {
    const internal::v1::Serve& serve = frame.serve();
    Serving& serving = serves_[serve.partition()];
    serving.serve = serve.serve();
    serving.pointer = serve.has_cursor() ? serve.cursor() : Stand(serve.partition());
    serving.answered = false;
    serving.channels = {serve.channels().begin(), serve.channels().end()};
  } else if (frame.has_stop()) {
    const auto found = serves_.find(frame.stop().partition());
    if (found != serves_.end() && found->second.serve == frame.stop().serve()) serves_.erase(found);
  } else if (frame.has_add()) {
    const internal::v1::Add& add = frame.add();
    const auto found = serves_.find(add.partition());
    if (found == serves_.end() || found->second.serve != add.serve()) return;
    found->second.channels.insert(add.channel());
    internal::v1::Added& added = *out_.emplace_back().mutable_added();
    added.set_partition(add.partition());
    added.set_channel(add.channel());
    added.set_add(add.add());
    added.set_at(found->second.pointer);
  } else if (frame.has_remove()) {
    const auto found = serves_.find(frame.remove().partition());
    if (found != serves_.end() && found->second.serve == frame.remove().serve()) {
      found->second.channels.erase(frame.remove().channel());
    }
  } else if (frame.has_read()) {
    Answer(frame.read());
  }
}

bool ModelRouter::Deliver(Partition partition, int records_max) {
  const auto found = serves_.find(partition);
  if (found == serves_.end()) return false;
  Serving& serving = found->second;
  serving.answered = true;
  if (serving.pointer + 1 < log_.Start(partition)) {
    internal::v1::Lost& lost = *out_.emplace_back().mutable_lost();
    lost.set_partition(partition);
    lost.set_serve(serving.serve);
    lost.set_from(serving.pointer);
    serving.pointer = log_.Start(partition) - 1;
    lost.set_through(serving.pointer);
    return true;
  }
  const Offset through =
      std::max(serving.pointer, std::min<Offset>(Stand(partition), serving.pointer + records_max));
  internal::v1::Deliver& deliver = *out_.emplace_back().mutable_deliver();
  deliver.set_partition(partition);
  deliver.set_serve(serving.serve);
  deliver.set_from(serving.pointer);
  deliver.set_through(through);
  for (Offset offset = serving.pointer + 1; offset <= through; ++offset) {
    const std::string& channel = log_.At(partition, offset).value();
    if (!serving.channels.contains(channel)) continue;
    if (plant_ == Plant::kRouterDropsARecord && Pick(50) == 0) continue;
    Fill(*deliver.add_records(), channel, offset);
  }
  if (plant_ == Plant::kRouterRepeatsUnderNewOffset && deliver.records_size() > 0 &&
      Pick(50) == 0) {
    const internal::v1::LinkRecord last = deliver.records(deliver.records_size() - 1);
    Fill(*deliver.add_records(), last.channel(), last.offset() + 1);
    deliver.set_through(std::max(through, last.offset() + 1));
  }
  serving.pointer = deliver.through();
  return true;
}

bool ModelRouter::Behind(Partition partition) const {
  const auto found = serves_.find(partition);
  return found != serves_.end() &&
         (!found->second.answered || found->second.pointer < log_.End(partition) - 1);
}

void ModelRouter::Pulse(TimePoint now) {
  if (now - pulsed_ < std::chrono::milliseconds(250)) return;
  pulsed_ = now;
  out_.emplace_back().mutable_pulse();
}

Offset ModelRouter::Stand(Partition partition) {
  const Offset last = log_.End(partition) - 1;
  Offset& stand = stands_.try_emplace(partition, -1).first->second;
  stand = std::max(stand, healthy ? last : std::min<Offset>(last, last - Pick(10) + 4));
  return std::max<Offset>(stand, log_.Start(partition) - 1);
}

void ModelRouter::Answer(const internal::v1::Read& read) {
  internal::v1::ReadAnswer& answer = *out_.emplace_back().mutable_read();
  answer.set_read(read.read());
  if (!healthy && Pick(5) == 0) {
    answer.set_outcome(internal::v1::READ_OUTCOME_BUSY);
  } else if (read.has_after()) {
    AnswerForward(read, answer);
  } else {
    AnswerBackward(read, answer);
  }
}

void ModelRouter::AnswerForward(const internal::v1::Read& read,
                                internal::v1::ReadAnswer& answer) const {
  const Offset end = log_.End(read.partition());
  if (read.after() + 1 < log_.Start(read.partition())) {
    answer.set_outcome(internal::v1::READ_OUTCOME_EXPIRED);
    answer.set_start(log_.Start(read.partition()));
    return;
  }
  if (read.after() >= end && end > 0) {
    answer.set_outcome(internal::v1::READ_OUTCOME_FUTURE);
    return;
  }
  answer.set_outcome(internal::v1::READ_OUTCOME_OK);
  answer.set_through(end - 1);
  for (const Offset offset : log_.Between(ChannelName(read.channel()), read.after(), end - 1)) {
    if (answer.records_size() == static_cast<int>(read.limit())) {
      answer.set_through(answer.records(answer.records_size() - 1).offset());
      break;
    }
    Fill(*answer.add_records(), read.channel(), offset);
  }
}

void ModelRouter::AnswerBackward(const internal::v1::Read& read,
                                 internal::v1::ReadAnswer& answer) const {
  const Offset start = log_.Start(read.partition());
  const Offset before = std::min(read.before(), log_.End(read.partition()));
  std::vector<Offset> offsets = log_.Between(ChannelName(read.channel()), start - 1, before - 1);
  answer.set_outcome(internal::v1::READ_OUTCOME_OK);
  answer.set_at_start(offsets.size() <= read.limit());
  answer.set_from(start);
  if (!answer.at_start()) {
    offsets.erase(offsets.begin(), offsets.end() - static_cast<std::ptrdiff_t>(read.limit()));
    answer.set_from(offsets.front());
  }
  for (const Offset offset : offsets) Fill(*answer.add_records(), read.channel(), offset);
}

void ModelRouter::Fill(internal::v1::LinkRecord& record, const std::string& channel,
                       Offset offset) {
  record.set_offset(offset);
  record.set_channel(channel);
  record.set_id(std::to_string(offset));
  record.set_sender("sender");
  record.set_content("content");
}

}  // namespace parley::gateway::walk
