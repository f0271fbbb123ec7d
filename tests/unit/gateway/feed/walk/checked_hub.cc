#include "tests/unit/gateway/feed/walk/checked_hub.h"

#include <algorithm>
#include <utility>

#include "services/gateway/hub/delivered_message.h"
#include "tests/unit/gateway/feed/walk/violation.h"

namespace parley::gateway::walk {
namespace {

constexpr std::chrono::milliseconds kDeadline{5000};
constexpr std::chrono::milliseconds kTickMax{100};

std::vector<Offset> OffsetsOf(const Page& page) {
  std::vector<Offset> offsets;
  for (const MessagePtr& message : page.messages) offsets.push_back(message->position().offset);
  return offsets;
}

}  // namespace

bool CheckedHub::attached(const ChannelName& channel) const {
  const auto found = seats_.find(channel);
  return found != seats_.end() && found->second.position;
}

void CheckedHub::Attach(const ChannelName& channel) {
  seats_[channel] = {now_, false, std::nullopt, false};
  feed_.Attach(*this, channel, epoch_, now_);
}

void CheckedHub::Detach(const ChannelName& channel) {
  Seat& seat = seats_.at(channel);
  const bool pending = !seat.position;
  seat.leaving = true;
  feed_.Detach(*this, channel, epoch_);
  Require(seats_.contains(channel) != pending, channel,
          "a detach answers a pending attach, and nothing else");
  seats_.erase(channel);
}

void CheckedHub::ReadForward(const ChannelName& channel, Offset after, std::uint32_t limit) {
  Ask({channel, PageRequest::Direction::kForward, after, limit, 1 << 20, 0});
}

void CheckedHub::ReadBackward(const ChannelName& channel, Offset before, std::uint32_t limit) {
  Ask({channel, PageRequest::Direction::kBackward, before, limit, 1 << 20, 0});
}

void CheckedHub::ReadOn() {
  for (PageRequest& page : std::exchange(to_read_on_, {})) Ask(std::move(page));
}

void CheckedHub::SayStale(const ChannelName& channel) {
  feed_.Attach(*this, channel, epoch_ - 1, now_);
  const std::uint64_t request = ++last_request_;
  asked_[request] = {{channel, PageRequest::Direction::kForward, 0, 1, 1000, 0, epoch_ - 1}, now_};
  feed_.ReadPage(*this, request, asked_[request].page, now_);
  Require(!asked_.contains(request), channel, "a stale read is not answered at once");
}

void CheckedHub::AskAgain() {
  walk::Require(asked_.empty(), name_ + ": a read of the old log is not answered");
  to_read_on_.clear();
  for (const auto& [channel, seat] : std::exchange(seats_, {})) {
    feed_.Detach(*this, channel, epoch_ - 1);
    Attach(channel);
    feed_.Detach(*this, channel, epoch_ - 1);
  }
}

void CheckedHub::CheckDeadlines() const {
  for (const auto& [channel, seat] : seats_) {
    Require(seat.position || now_ - seat.asked <= kDeadline + kTickMax, channel,
            "an attach was not answered in time");
  }
  for (const auto& [number, asked] : asked_) {
    Require(now_ - asked.at <= kDeadline + kTickMax, asked.page.channel,
            "a read was not answered in time");
  }
}

void CheckedHub::CheckComplete() const {
  for (const auto& [channel, seat] : seats_) {
    Require(seat.position.has_value(), channel,
            "the attach did not succeed although everything is well");
    const Offset end = log_.End(log_.PartitionFor(channel));
    Require(!log_.AnyBetween(channel, *seat.position, end), channel,
            "messages are still missing although everything is well");
  }
  for (const auto& [number, asked] : asked_) {
    Require(false, asked.page.channel, "a read is still not answered although everything is well");
  }
}

void CheckedHub::OnLog(const LogInfo& log) {
  walk::Require(log.epoch > epoch_ && log.epoch == log_.info().epoch, name_ + ": an older log");
  epoch_ = log.epoch;
  for (auto& [channel, seat] : seats_) seat.position.reset();
}

void CheckedHub::OnAttached(const ChannelName& channel, Offset at) {
  Require(seats_.contains(channel) && !seats_.at(channel).position, channel,
          "an answer to no attach");
  Require(at >= -1 && at < log_.End(log_.PartitionFor(channel)), channel,
          "attached beyond the end of the log");
  seats_.at(channel).position = at;
}

void CheckedHub::OnAttachFailed(const ChannelName& channel) {
  Require(seats_.contains(channel) && !seats_.at(channel).position, channel,
          "a failure of no attach");
  const Seat& seat = seats_.at(channel);
  Require(seat.leaving || now_ - seat.asked >= kDeadline, channel,
          "an attach failed before its deadline");
  seats_.erase(channel);
}

void CheckedHub::OnMessages(Partition partition, Offset through,
                            std::shared_ptr<const std::vector<MessagePtr>> messages) {
  for (const MessagePtr& message : *messages) {
    const ChannelName& channel = message->message().channel;
    const Offset offset = message->position().offset;
    const std::string place = " at " + std::to_string(offset);
    Require(attached(channel), channel, "a message of a channel that is not attached" + place);
    Require(message->position().epoch == epoch_, channel, "a message of another log" + place);
    Seat& seat = seats_.at(channel);
    Require(message->position().partition == partition && log_.PartitionFor(channel) == partition,
            channel, "a message of another partition" + place);
    Require(offset > *seat.position, channel, "seen again or out of order" + place);
    const std::vector<Offset> expected = log_.Between(channel, *seat.position, offset);
    Require(expected == std::vector<Offset>{offset}, channel,
            "not the next one after " + std::to_string(*seat.position) + place);
    Require(message->previous() || !seat.chained, channel, "previous should be known" + place);
    if (message->previous()) {
      const bool right = !log_.AnyBetween(channel, *message->previous(), offset - 1) &&
                         log_.AnyBetween(channel, *message->previous() - 1, *message->previous());
      Require(right, channel, "previous is wrong" + place);
    }
    seat.position = offset;
    seat.chained = true;
    ++messages_;
  }
  for (auto& [channel, seat] : seats_) {
    if (!seat.position || log_.PartitionFor(channel) != partition) continue;
    Require(
        !log_.AnyBetween(channel, *seat.position, through), channel,
        "missing between " + std::to_string(*seat.position) + " and " + std::to_string(through));
    seat.position = std::max(*seat.position, through);
  }
}

void CheckedHub::OnLoss(const ChannelName& channel, Offset through) {
  Require(attached(channel), channel, "a loss of a channel that is not attached");
  Seat& seat = seats_.at(channel);
  Require(through < log_.Start(log_.PartitionFor(channel)), channel,
          "told to be lost, but the log has it");
  Require(through > *seat.position, channel, "told to be lost, but it was seen");
  seat.position = through;
  seat.chained = false;
  ++losses_;
}

void CheckedHub::OnPage(std::uint64_t request, Page page) {
  const auto found = asked_.find(request);
  walk::Require(found != asked_.end(), name_ + ": an answer to no read");
  const Asked asked = found->second;
  asked_.erase(found);
  if (page.outcome == PageOutcome::kBusy) {
    Require(now_ - asked.at >= kDeadline || asked.page.epoch < epoch_, asked.page.channel,
            "a read was given up before its deadline");
  } else if (asked.page.direction == PageRequest::Direction::kForward) {
    CheckForward(asked.page, page);
  } else {
    CheckBackward(asked.page, page);
  }
  ++pages_;
}

void CheckedHub::Ask(PageRequest page) {
  const std::uint64_t request = ++last_request_;
  page.epoch = epoch_;
  asked_[request] = {page, now_};
  feed_.ReadPage(*this, request, std::move(page), now_);
}

void CheckedHub::CheckForward(const PageRequest& request, const Page& page) {
  const ChannelName& channel = request.channel;
  if (page.outcome == PageOutcome::kExpired) {
    Require(request.bound + 1 < page.start, channel, "expired, but not by what it says");
    Require(page.start <= log_.Start(log_.PartitionFor(channel)), channel,
            "expired, but the log has it");
    return;
  }
  Require(page.outcome == PageOutcome::kOk, channel, "a verdict that nothing gave reason for");
  Require(page.messages.size() <= request.limit, channel, "more than was asked for");
  Require(page.through >= request.bound, channel, "a page that goes back");
  Require(OffsetsOf(page) == log_.Between(channel, request.bound, page.through), channel,
          "a page with a gap");
  for (const MessagePtr& message : page.messages)
    Require(message->position().epoch == epoch_, channel, "a page of another log");
  if (!page.caught_up) {
    PageRequest next = request;
    next.bound = page.through;
    to_read_on_.push_back(next);
    return;
  }
  Require(attached(channel), channel, "caught up with a channel that is not attached");
  Require(page.through >= *seats_.at(channel).position, channel,
          "caught up, but messages were handed on beyond");
}

void CheckedHub::CheckBackward(const PageRequest& request, const Page& page) const {
  const ChannelName& channel = request.channel;
  Require(page.outcome == PageOutcome::kOk, channel, "a verdict that nothing gave reason for");
  const std::vector<Offset> seen = OffsetsOf(page);
  Require(seen.size() <= request.limit, channel, "more than was asked for");
  const Offset newest = seen.empty() ? page.from - 1 : seen.back();
  const Offset last = request.bound == kEndOfLog ? newest : request.bound - 1;
  Require(seen == log_.Between(channel, page.from - 1, last), channel,
          "a backward page with a gap");
  Require(page.at_start || seen.size() == request.limit, channel,
          "a backward page that ends too early");
}

void CheckedHub::Require(bool holds, const ChannelName& channel, const std::string& what) const {
  if (!holds) throw Violation(name_ + " " + channel.value() + ": " + what);
}

}  // namespace parley::gateway::walk
