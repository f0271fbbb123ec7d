#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace parley::chaos {

// Starts programs that die with this process, however it dies. All from one thread, because the
// kernel takes the end of the thread that forked for the death of the parent.
class Launcher final {
 public:
  Launcher();
  ~Launcher();  // After this the programs that still run are killed.
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;

  // Both outputs are appended to the file `log`. Throws std::runtime_error. Any thread.
  pid_t Start(const std::vector<std::string>& command, const std::string& log);

 private:
  using Task = std::packaged_task<pid_t()>;

  void Run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  bool stopping_ = false;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace parley::chaos
