#include "tests/presence/background.h"

#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace parley::presence_test {
namespace {

// On Linux each thread has a priority of its own, and gives it to those that it starts; where the
// kernel shares out by sessions, so does the session.
void SetNice(int nice) {
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    setpriority(PRIO_PROCESS, static_cast<id_t>(std::stoi(thread.path().filename())), nice);
  }
  std::ofstream("/proc/self/autogroup") << nice;
}

}  // namespace

Background::Background() { SetNice(19); }

Background::~Background() { SetNice(0); }

}  // namespace parley::presence_test
