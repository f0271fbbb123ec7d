#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/gateway/feed/feed.h"
#include "tests/unit/gateway/feed/walk/model_log.h"

namespace parley::gateway::walk {

// A hub that knows the log and throws a Violation at the first thing that is not as promised.
class CheckedHub final : public HubInbox {
 public:
  CheckedHub(std::string name, const ModelLog& log, Feed& feed, const TimePoint& now)
      : name_(std::move(name)), log_(log), feed_(feed), now_(now) {
    feed_.Register(*this);
  }

  bool wants(const ChannelName& channel) const { return seats_.contains(channel); }
  bool attached(const ChannelName& channel) const;
  std::uint64_t messages() const { return messages_; }
  std::uint64_t pages() const { return pages_; }
  std::uint64_t losses() const { return losses_; }

  void Attach(const ChannelName& channel);
  void Detach(const ChannelName& channel);
  void ReadForward(const ChannelName& channel, Offset after, std::uint32_t limit);
  void ReadBackward(const ChannelName& channel, Offset before, std::uint32_t limit);
  // Reads on from a page that had not caught up.
  void ReadOn();
  // What was on its way to the feed when it learnt of the new log.
  void SayStale(const ChannelName& channel);
  // Asks the feed of the new log for all that it had under the old one.
  void AskAgain();

  // Nothing asked for is older than the deadline allows.
  void CheckDeadlines() const;
  // Every wanted channel is attached and all of it was seen.
  void CheckComplete() const;

  void OnLog(const LogInfo& log) override;
  void OnAttached(const ChannelName& channel, Offset at) override;
  void OnAttachFailed(const ChannelName& channel) override;
  void OnMessages(Partition partition, Offset through,
                  std::shared_ptr<const std::vector<MessagePtr>> messages) override;
  void OnLoss(const ChannelName& channel, Offset through) override;
  void OnPage(std::uint64_t request, Page page) override;

 private:
  struct Seat {
    TimePoint asked;
    bool leaving = false;  // In the middle of a detach.
    std::optional<Offset>
        position;  // All of the channel up to here was seen. Nothing while the attach is under way.
    bool chained =
        false;  // A message was seen, and nothing was lost since: the next knows its previous.
  };
  struct Asked {
    PageRequest page;
    TimePoint at;
  };

  void Ask(PageRequest page);
  void CheckForward(const PageRequest& request, const Page& page);
  void CheckBackward(const PageRequest& request, const Page& page) const;
  void Require(bool holds, const ChannelName& channel, const std::string& what) const;

  const std::string name_;
  const ModelLog& log_;
  Feed& feed_;
  const TimePoint& now_;
  LogEpoch epoch_ = 0;
  std::map<ChannelName, Seat> seats_;
  std::map<std::uint64_t, Asked> asked_;
  std::vector<PageRequest> to_read_on_;
  std::uint64_t last_request_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t pages_ = 0;
  std::uint64_t losses_ = 0;
};

}  // namespace parley::gateway::walk
