#include "tests/presence/background.h"

#include <sys/resource.h>

#include <filesystem>
#include <string>

namespace parley::presence_test {
namespace {

// On Linux each thread has a priority of its own, and gives it to those that it starts.
void SetNice(int nice) {
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    setpriority(PRIO_PROCESS, static_cast<id_t>(std::stoi(thread.path().filename())), nice);
  }
}

}  // namespace

Background::Background() { SetNice(19); }

Background::~Background() { SetNice(0); }

}  // namespace parley::presence_test
