#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/common/personal_channel.h"
#include "services/common/position.h"
#include "services/gateway/hub/delivered_message.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

// A feed with a log of its own, for one hub. As in a gateway, what the hub asks and what it is told
// travel in two queues, each in order; the test moves them on.
class FakeFeed final : public FeedPort {
 public:
  explicit FakeFeed(const LogInfo& log) : log_(log) {}

  void Register(HubInbox&) override {}
  void Attach(HubInbox& hub, const ChannelName& channel, LogEpoch epoch) override {
    if (!IsPersonal(channel)) ++attaches;
    requests_.push_back([this, &hub, channel, epoch] {
      if (epoch == log_.epoch) DoAttach(hub, channel);
    });
  }
  void Detach(HubInbox&, const ChannelName& channel, LogEpoch epoch) override {
    if (!IsPersonal(channel)) ++detaches;
    requests_.push_back([this, channel, epoch] {
      if (epoch == log_.epoch) attached_.erase(channel);
    });
  }
  void ReadPage(HubInbox& hub, std::uint64_t request, PageRequest page) override {
    pages_asked.push_back(page);
    requests_.push_back([this, &hub, request, page = std::move(page)] {
      answers_.push_back([&hub, request, answer = MakePage(page)] { hub.OnPage(request, answer); });
    });
  }

  // The log is another one now, and empty; the hub is on its way to hear of it.
  void Recreate(HubInbox& hub, const LogInfo& log) {
    log_ = log;
    attached_.clear();
    answers_.push_back([&hub, log] { hub.OnLog(log); });
  }

  // Puts a message into the log; the hub is told of it with the next `HandOn`.
  Offset Append(const ChannelName& channel, std::string content = "hello") {
    ChatMessage message;
    message.channel = channel;
    message.id = MessageId("id");
    message.sender = UserId("ann");
    message.content = std::move(content);
    return Append(std::move(message));
  }
  Offset Append(ChatMessage message, std::int64_t time_ms = 0) {
    Log& log = LogOf(message.channel);
    const Position position{log_.epoch, PartitionOf(message.channel, log_.partitions), log.end++};
    log.messages.push_back(
        std::make_shared<DeliveredMessage>(std::move(message), position, std::nullopt, time_ms));
    return position.offset;
  }

  // Tells the hub what has come since the last time, one batch per partition; before it what was
  // lost, when retention was faster.
  void HandOn(HubInbox& hub) {
    for (auto& [partition, log] : logs_[log_.epoch]) {
      if (log.handed + 1 < log.start) {
        log.handed = log.start - 1;
        for (const ChannelName& channel : attached_) {
          if (PartitionOf(channel, log_.partitions) == partition) Lose(hub, channel, log.handed);
        }
      }
      auto batch = std::make_shared<std::vector<MessagePtr>>();
      for (const MessagePtr& message : log.messages) {
        if (message->position().offset <= log.handed) continue;
        if (attached_.contains(message->message().channel)) batch->push_back(message);
      }
      log.handed = log.end - 1;
      answers_.push_back([&hub, number = partition, through = log.handed, batch] {
        hub.OnMessages(number, through, batch);
      });
    }
  }

  // Retention takes everything of the partition before `start`.
  void Expire(const ChannelName& channel, Offset start) {
    Log& log = LogOf(channel);
    log.start = std::max(log.start, start);
  }
  // Tells the hub that the channel's messages up to `through` are lost.
  void Lose(HubInbox& hub, const ChannelName& channel, Offset through) {
    answers_.push_back([&hub, channel, through] { hub.OnLoss(channel, through); });
  }

  // Moves one request, or one answer, on. False when there is none.
  bool StepRequest() { return Step(requests_); }
  bool StepAnswer() { return Step(answers_); }
  void RunAll() {
    while (StepRequest() || StepAnswer()) continue;
  }

  const LogInfo& log() const { return log_; }
  // Of the partition and the log that the position lies in.
  Offset start(const Position& at) { return logs_[at.epoch][at.partition].start; }
  Offset end(const ChannelName& channel) { return LogOf(channel).end; }
  std::vector<Offset> OffsetsOf(const ChannelName& channel) {
    return OffsetsOf(channel, log_.epoch);
  }
  // Of this log or an older one.
  std::vector<Offset> OffsetsOf(const ChannelName& channel, LogEpoch epoch) {
    std::vector<Offset> offsets;
    for (const auto& [partition, log] : logs_[epoch]) {
      for (const MessagePtr& message : log.messages) {
        if (message->message().channel == channel) offsets.push_back(message->position().offset);
      }
    }
    return offsets;
  }

  // Those of personal channels, which come with every session, are not counted.
  int attaches = 0;
  int detaches = 0;
  int failing_attaches = 0;  // So many of the next fail.
  int busy_pages = 0;        // So many of the next are answered with "busy".
  int future_pages = 0;      // So many of the next are said to begin beyond the end.
  Offset repeated = 0;       // Forward pages begin so much earlier than they should.
  std::vector<PageRequest> pages_asked;

 private:
  struct Log {
    std::vector<MessagePtr> messages;
    Offset start = 0;
    Offset end = 0;
    Offset handed = -1;
  };

  static bool Step(std::deque<std::function<void()>>& queue) {
    if (queue.empty()) return false;
    const std::function<void()> next = std::move(queue.front());
    queue.pop_front();
    next();
    return true;
  }

  void DoAttach(HubInbox& hub, const ChannelName& channel) {
    if (failing_attaches > 0) {
      --failing_attaches;
      answers_.push_back([&hub, channel] { hub.OnAttachFailed(channel); });
      return;
    }
    attached_.insert(channel);
    const Offset at = LogOf(channel).handed;
    answers_.push_back([&hub, channel, at] { hub.OnAttached(channel, at); });
  }

  Page MakePage(const PageRequest& request) {
    Page page;
    if (busy_pages > 0) {
      --busy_pages;
      return page;
    }
    if (request.epoch != log_.epoch) return page;
    if (future_pages > 0) {
      --future_pages;
      page.outcome = PageOutcome::kFuture;
      return page;
    }
    const Log& log = LogOf(request.channel);
    page.start = log.start;
    const bool forward = request.direction == PageRequest::Direction::kForward;
    page.outcome = forward ? Judge(log, request) : PageOutcome::kOk;
    if (page.outcome == PageOutcome::kOk)
      (forward ? ReadForward : ReadBackward)(log, request, page);
    return page;
  }

  static PageOutcome Judge(const Log& log, const PageRequest& request) {
    if (request.bound + 1 < log.start) return PageOutcome::kExpired;
    if (request.bound >= log.end) return PageOutcome::kFuture;
    const bool bounded = request.distance_max > 0;
    const bool far = bounded && log.end - 1 - request.bound > request.distance_max;
    return far ? PageOutcome::kTooFar : PageOutcome::kOk;
  }

  static void ReadForward(const Log& log, const PageRequest& request, Page& page) {
    page.through = log.end - 1;
    for (const MessagePtr& message : log.messages) {
      const Offset offset = message->position().offset;
      if (offset <= request.bound || message->message().channel != request.channel) continue;
      if (page.messages.size() == request.limit) {
        page.through = page.messages.back()->position().offset;
        break;
      }
      page.messages.push_back(message);
    }
    page.caught_up = page.through >= log.handed;
  }

  static void ReadBackward(const Log& log, const PageRequest& request, Page& page) {
    page.at_start = true;
    for (auto at = log.messages.rbegin(); at != log.messages.rend(); ++at) {
      const MessagePtr& message = *at;
      const Offset offset = message->position().offset;
      const bool wanted = offset < request.bound && offset >= log.start;
      if (!wanted || message->message().channel != request.channel) continue;
      if (page.messages.size() == request.limit) {
        page.at_start = false;
        break;
      }
      page.messages.insert(page.messages.begin(), message);
    }
    if (!page.messages.empty()) page.from = page.messages.front()->position().offset;
  }

  Log& LogOf(const ChannelName& channel) {
    return logs_[log_.epoch][PartitionOf(channel, log_.partitions)];
  }

  LogInfo log_;
  std::map<LogEpoch, std::map<Partition, Log>> logs_;
  std::set<ChannelName> attached_;
  std::deque<std::function<void()>> requests_;
  std::deque<std::function<void()>> answers_;
};

}  // namespace parley::gateway
