#pragma once

#include <functional>

#include "parley/edge/v1/chat.pb.h"
#include "tests/simulation/pipe.h"

namespace parley::simulation {

// One client stream, held by both ends. Whoever is still there notices a break a moment later.
struct Stream {
  Stream(Scheduler& scheduler_in, Dice& dice_in)
      : scheduler(scheduler_in),
        dice(dice_in),
        to_client(scheduler_in, dice_in),
        to_server(scheduler_in, dice_in) {}

  void Break() {
    if (!open) return;
    open = false;
    to_client.Close();
    to_server.Close();
    for (Task* told : {&client_down, &server_down}) {
      if (*told) scheduler.After(dice.Between(Duration::zero(), kNoticeMost), std::move(*told));
    }
  }

  static constexpr Duration kNoticeMost = std::chrono::milliseconds(20);

  Scheduler& scheduler;
  Dice& dice;
  bool open = true;
  Pipe to_client;
  Pipe to_server;
  // Tasks of the two ends.
  Task client_down;
  Task server_down;
  std::function<void(const edge::v1::ServerFrame&)> on_server_frame;  // The client's.
  std::function<void(const edge::v1::ClientFrame&)> on_client_frame;  // The server's.
  Task server_written;  // The server's: the client has read what was written last.
};

}  // namespace parley::simulation
