#include "services/gateway/feed/channel_ring.h"

#include <algorithm>
#include <utility>

#include "services/gateway/hub/delivered_message.h"

namespace parley::gateway {
namespace {

Offset OffsetOf(const RecentMessages::Place& place) { return place->message->position().offset; }

}  // namespace

ChannelRing::ChannelRing(RecentMessages& recent, Offset covered_from)
    : recent_(recent), covered_from_(covered_from) {}

ChannelRing::~ChannelRing() { Restart(covered_from_); }

void ChannelRing::Push(MessagePtr message) {
  recent_.Add(*this, std::move(message));
  while (places_.size() > recent_.config().recent_messages_per_channel_max) DropOldest();
}

void ChannelRing::Restart(Offset from) {
  for (const RecentMessages::Place& place : places_) recent_.Remove(place);
  places_.clear();
  covered_from_ = from;
}

std::optional<Page> ChannelRing::Forward(const PageRequest& request, Offset cursor) const {
  if (request.bound < covered_from_ || request.bound > cursor) return std::nullopt;
  Page page;
  page.outcome = PageOutcome::kOk;
  page.through = cursor;
  auto place = std::partition_point(places_.begin(), places_.end(),
                                    [&](const auto& at) { return OffsetOf(at) <= request.bound; });
  std::size_t bytes = 0;
  for (; place != places_.end(); ++place) {
    const MessagePtr& message = (*place)->message;
    const std::size_t more = message->message().content.size();
    // One message always fits, so that a page makes progress.
    const bool full = page.messages.size() >= request.limit || bytes + more > request.bytes_max;
    if (full && !page.messages.empty()) {
      page.through = page.messages.back()->position().offset;
      break;
    }
    page.messages.push_back(message);
    bytes += more;
  }
  return page;
}

void ChannelRing::DropOldest() {
  covered_from_ = OffsetOf(places_.front());
  recent_.Remove(places_.front());
  places_.pop_front();
}

}  // namespace parley::gateway
