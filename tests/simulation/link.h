#pragma once

#include <cstddef>
#include <functional>

#include "services/gateway/feed/router_sink.h"
#include "services/router/ports.h"
#include "tests/simulation/pipe.h"

namespace parley::simulation {

// One connection of a router to a gateway, held by both ends. A break is noticed at both a moment
// later, by whoever is still there; nothing arrives any more from then on.
struct Link {
  Link(Scheduler& scheduler_in, Dice& dice_in)
      : scheduler(scheduler_in),
        dice(dice_in),
        to_gateway(scheduler_in, dice_in),
        to_router(scheduler_in, dice_in) {}

  void Break() {
    if (!open) return;
    open = false;
    to_gateway.Close();
    to_router.Close();
    for (Task* told : {&router_down, &gateway_down}) {
      if (*told) scheduler.After(dice.Between(Duration::zero(), kNoticeMost), std::move(*told));
    }
  }

  static constexpr Duration kNoticeMost = std::chrono::milliseconds(20);

  Scheduler& scheduler;
  Dice& dice;
  std::size_t router = 0;
  std::size_t gateway = 0;
  router::LinkId router_id = 0;
  gateway::LinkId gateway_id{};
  bool open = true;
  bool greeted = false;  // The router's hello was accepted.
  // Frames on the way to the gateway; while there are too many, no write of the router's ends.
  std::size_t unread = 0;
  std::size_t window = 8;
  bool write_in_flight = false;
  Pipe to_gateway;
  Pipe to_router;
  // Tasks of the two processes.
  Task router_down;
  Task gateway_down;
  Task router_consumed;
};

}  // namespace parley::simulation
