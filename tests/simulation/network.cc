#include "tests/simulation/network.h"

namespace parley::simulation {
namespace {

constexpr Duration kUsualLatency = std::chrono::milliseconds(3);

}  // namespace

std::shared_ptr<Link> Network::Connect(std::size_t router, std::size_t gateway) {
  if (IsCut(router, gateway)) return nullptr;
  auto link = std::make_shared<Link>(scheduler_, dice_);
  link->router = router;
  link->gateway = gateway;
  Shape(*link);
  std::erase_if(links_, [](const auto& entry) { return entry.expired(); });
  links_.push_back(link);
  return link;
}

void Network::Shape(Link& link) const {
  const Way way{link.router, link.gateway};
  const auto slow = slow_.find(way);
  const Duration latency = slow == slow_.end() ? kUsualLatency : slow->second;
  for (Pipe* pipe : {&link.to_gateway, &link.to_router}) {
    pipe->SetLatency(latency);
    const bool deaf = pipe == &link.to_router && deaf_.contains(way);
    if (deaf || blocked_.contains(way)) {
      pipe->Block();
    } else {
      pipe->Unblock();
    }
  }
}

template <class Change>
void Network::ForLinks(const Way& way, const Change& change) {
  const std::vector<std::weak_ptr<Link>> links = links_;
  for (const std::weak_ptr<Link>& entry : links) {
    const std::shared_ptr<Link> link = entry.lock();
    if (link && link->open && Way(link->router, link->gateway) == way) change(*link);
  }
}

void Network::Cut(std::size_t router, std::size_t gateway) {
  cut_.insert({router, gateway});
  ForLinks({router, gateway}, [](Link& link) { link.Break(); });
}

void Network::Block(std::size_t router, std::size_t gateway) {
  blocked_.insert({router, gateway});
  ForLinks({router, gateway}, [this](Link& link) { Shape(link); });
}

void Network::Deafen(std::size_t router, std::size_t gateway) {
  deaf_.insert({router, gateway});
  ForLinks({router, gateway}, [this](Link& link) { Shape(link); });
}

void Network::Slow(std::size_t router, std::size_t gateway, Duration latency_max) {
  slow_[{router, gateway}] = latency_max;
  ForLinks({router, gateway}, [this](Link& link) { Shape(link); });
}

void Network::Heal(std::size_t router, std::size_t gateway) {
  const Way way{router, gateway};
  cut_.erase(way);
  blocked_.erase(way);
  deaf_.erase(way);
  slow_.erase(way);
  ForLinks(way, [this](Link& link) { Shape(link); });
}

void Network::HealAll() {
  const std::vector<std::weak_ptr<Link>> links = links_;
  cut_.clear();
  blocked_.clear();
  deaf_.clear();
  slow_.clear();
  for (const std::weak_ptr<Link>& entry : links) {
    if (const std::shared_ptr<Link> link = entry.lock(); link && link->open) Shape(*link);
  }
}

}  // namespace parley::simulation
