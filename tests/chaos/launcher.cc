#include "tests/chaos/launcher.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <limits>
#include <stdexcept>
#include <utility>

namespace parley::chaos {
namespace {

constexpr mode_t kLogMode = 0644;

// Between fork and exec: only system calls.
[[noreturn]] void Become(char* const* arguments, const char* log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  // A Ctrl-C at the terminal is for the harness, which ends its programs itself. And a session has
  // a share of the processors of its own, as a container has.
  setsid();
  const int output = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kLogMode);
  dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  // Sockets of the harness that lived on in here would stay open when it closes them.
  close_range(STDERR_FILENO + 1, std::numeric_limits<unsigned>::max(), 0);
  execvp(arguments[0], arguments);
  _exit(127);
}

pid_t Fork(std::vector<std::string> command, const std::string& log) {
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const pid_t self = getpid();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot fork to start " + command.front());
  if (child == 0) Become(arguments.data(), log.c_str(), self);
  return child;
}

}  // namespace

Launcher::Launcher() : thread_([this] { Run(); }) {}

Launcher::~Launcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

pid_t Launcher::Start(const std::vector<std::string>& command, const std::string& log) {
  Task task([command, log] { return Fork(command, log); });
  std::future<pid_t> started = task.get_future();
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  changed_.notify_all();
  return started.get();
}

void Launcher::Run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace parley::chaos
