#include "cli/output/back_again.h"

#include <chrono>
#include <cstdio>

#include "cli/output/sanitize.h"

namespace parley::cli {

std::string BackAgain(const client::Reconnected& back) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f s",
                std::chrono::duration<double>(back.after).count());
  return "connection to " + ForTerminal(back.lost.value()) + " lost; back on " +
         ForTerminal(back.server.value()) + " after " + seconds;
}

std::string StillAway(const client::Reconnecting& trying) {
  return "connection to " + ForTerminal(trying.lost.value()) +
         " lost; still trying: " + ForTerminal(trying.why.message);
}

}  // namespace parley::cli
