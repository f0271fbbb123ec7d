#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "services/common/clock.h"
#include "services/common/position.h"
#include "services/gateway/feed/feed_config.h"
#include "services/gateway/feed/router_links.h"
#include "services/gateway/feed/router_sink.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

// Pages that routers are asked for. A read goes to the router that most likely has the records in
// memory; when that one is gone, silent, busy or late, to the next one; until the deadline, when
// the answer is "busy".
class PageReads final {
 public:
  struct Ask {
    HubInbox* hub;
    std::uint64_t request;  // The hub's number.
    PageRequest page;
  };
  struct Answer {
    Ask ask;
    Page page;  // `caught_up` is the caller's to judge.
  };

  PageReads(const FeedConfig& config, const RouterLinks& links, RouterSink& routers)
      : config_(config), links_(links), routers_(routers) {}

  std::size_t size() const { return reads_.size(); }

  // False, and nothing kept, at the limit of reads.
  [[nodiscard]] bool Start(Ask ask, Partition partition, TimePoint now);
  // Nothing when the read is unknown, was asked of another router meanwhile, or the router was
  // busy.
  [[nodiscard]] std::optional<Answer> OnAnswer(LinkId link, internal::v1::ReadAnswer& answer,
                                               LogEpoch epoch, TimePoint now);
  // Links have come or gone.
  void Reconsider(TimePoint now);
  // Asks what is due, and returns what has met its deadline.
  [[nodiscard]] std::vector<Ask> Tick(TimePoint now);
  // Gives up on all of them.
  [[nodiscard]] std::vector<Ask> TakeAll();

 private:
  struct Read {
    Ask ask;
    Partition partition;
    TimePoint deadline;
    std::optional<LinkId> link;  // Who is asked now.
    TimePoint next_attempt_at;   // Of another router.
    std::size_t attempts = 0;
  };
  using Reads = std::map<std::uint64_t, Read>;

  // Under a number of its own, so that a late answer to an earlier attempt is known to be late.
  void Attempt(Read read, TimePoint now);
  void AttemptDue(TimePoint now);

  const FeedConfig& config_;
  const RouterLinks& links_;
  RouterSink& routers_;
  std::uint64_t last_read_ = 0;
  Reads reads_;
};

}  // namespace parley::gateway
