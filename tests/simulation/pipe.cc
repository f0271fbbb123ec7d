#include "tests/simulation/pipe.h"

#include <algorithm>
#include <utility>

namespace parley::simulation {

void Pipe::Send(Task arrive) {
  if (!*open_) return;
  if (blocked_) {
    waiting_.push_back(std::move(arrive));
  } else {
    Put(std::move(arrive));
  }
}

void Pipe::Unblock() {
  blocked_ = false;
  for (Task& arrive : std::exchange(waiting_, {})) Put(std::move(arrive));
}

void Pipe::Close() {
  *open_ = false;
  waiting_.clear();
}

void Pipe::Put(Task arrive) {
  constexpr Duration kLeast = std::chrono::microseconds(50);
  last_arrival_ = std::max(last_arrival_, scheduler_.Now() + dice_.Between(kLeast, latency_max_));
  scheduler_.At(last_arrival_, [open = open_, arrive = std::move(arrive)] {
    if (*open) arrive();
  });
}

}  // namespace parley::simulation
