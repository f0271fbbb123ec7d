#include "tests/unit/client/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace parley::client {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);

void Close(int& descriptor) {
  if (descriptor >= 0) close(descriptor);
  descriptor = -1;
}

// Appends what is there; closes at the end.
void ReadSome(int& descriptor, std::string& text) {
  char buffer[4096];
  const ssize_t got = read(descriptor, buffer, sizeof buffer);
  if (got <= 0) return Close(descriptor);  // A terminal without a program says EIO.
  text.append(buffer, static_cast<std::size_t>(got));
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command, const Setting& setting) {
  std::map<std::string, std::string> variables = {{"TERM", "xterm"}, {"USER", "tester"}};
  for (const auto& [name, value] : setting.environment) variables[name] = value;
  for (const char* name : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) variables[name] = value;
  }
  std::vector<std::string> arguments = command;
  std::vector<std::string> environment;
  for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);

  const auto spawn =
      setting.on_terminal ? &ChildProcess::SpawnOnTerminal : &ChildProcess::SpawnOnPipes;
  (this->*spawn)(Pointers(arguments).data(), Pointers(environment).data());
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Close(input_);
  Close(out_);
  Close(err_);
}

void ChildProcess::SpawnOnPipes(char* const* arguments, char* const* environment) {
  int in[2];
  int out[2];
  int err[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipes");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  const int failed = posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  for (int* each : {&in[0], &out[1], &err[1]}) Close(*each);
  input_ = in[1];
  out_ = out[0];
  err_ = err[0];
  if (failed != 0) throw std::runtime_error(std::string("cannot run ") + arguments[0]);
}

void ChildProcess::SpawnOnTerminal(char* const* arguments, char* const* environment) {
  int master = -1;
  int slave = -1;
  winsize size{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
  if (openpty(&master, &slave, nullptr, nullptr, &size) != 0) throw std::runtime_error("no pty");
  fcntl(master, F_SETFD, FD_CLOEXEC);
  fcntl(slave, F_SETFD, FD_CLOEXEC);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_adddup2(&actions, slave, descriptor);
  }
  const int failed = posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  close(slave);
  out_ = master;
  input_ = dup(master);
  if (failed != 0) throw std::runtime_error(std::string("cannot run ") + arguments[0]);
}

void ChildProcess::Write(const std::string& text) {
  if (write(input_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("the child does not read");
  }
}

void ChildProcess::CloseInput() { Close(input_); }
void ChildProcess::CloseOutput() { Close(out_); }
void ChildProcess::Signal(int signal) { kill(pid_, signal); }

bool ChildProcess::WaitForOutput(const std::string& text) {
  return ReadUntil([&] { return output_.find(text) != std::string::npos; });
}

bool ChildProcess::WaitForComplaint(const std::string& text) {
  return ReadUntil([&] { return complaints_.find(text) != std::string::npos; });
}

int ChildProcess::Wait() {
  (void)ReadUntil([] { return false; });  // Until both ends are closed.
  const auto until = std::chrono::steady_clock::now() + kPatience;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > until) return -1;
    usleep(1000);
  }
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool ChildProcess::ReadUntil(const std::function<bool()>& is_done) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!is_done()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || (out_ < 0 && err_ < 0)) return false;
    pollfd descriptors[] = {{.fd = out_, .events = POLLIN, .revents = 0},
                            {.fd = err_, .events = POLLIN, .revents = 0}};
    if (poll(descriptors, std::size(descriptors), static_cast<int>(left.count())) <= 0) continue;
    if (descriptors[0].revents != 0) ReadSome(out_, output_);
    if (descriptors[1].revents != 0) ReadSome(err_, complaints_);
  }
  return true;
}

}  // namespace parley::client
