#include "tests/integration/child.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace parley::test {
namespace {

std::string TemporaryFile() {
  std::string path = (std::filesystem::temp_directory_path() / "parley-test-XXXXXX").string();
  const int file = mkstemp(path.data());
  if (file < 0) throw std::runtime_error("cannot make a temporary file");
  close(file);
  return path;
}

std::string ReadWhole(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// In the child, between fork and exec: only system calls.
[[noreturn]] void Become(const std::vector<char*>& arguments, int input, const char* output,
                         const char* errors) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  dup2(input, STDIN_FILENO);
  dup2(open(output, O_WRONLY | O_APPEND), STDOUT_FILENO);
  dup2(open(errors, O_WRONLY | O_APPEND), STDERR_FILENO);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

Child::Child(std::vector<std::string> arguments, const std::string& input)
    : output_path_(TemporaryFile()), errors_path_(TemporaryFile()) {
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) Become(pointers, pipe_ends[0], output_path_.c_str(), errors_path_.c_str());
  close(pipe_ends[0]);
  // Inputs are smaller than a pipe's buffer, so this cannot block.
  if (!input.empty() && write(pipe_ends[1], input.data(), input.size()) < 0) {
    throw std::runtime_error("cannot write to " + arguments[0]);
  }
  close(pipe_ends[1]);
}

Child::~Child() {
  if (Running()) {
    Signal(SIGKILL);
    Reap(true);
  }
  std::filesystem::remove(output_path_);
  std::filesystem::remove(errors_path_);
}

void Child::Signal(int signal) const { kill(pid_, signal); }

bool Child::Reap(bool block) {
  if (exit_code_) return true;
  int status = 0;
  if (waitpid(pid_, &status, block ? 0 : WNOHANG) != pid_) return false;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

bool Child::Running() { return !Reap(false); }

int Child::Wait(std::chrono::seconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (Running()) {
    if (std::chrono::steady_clock::now() > deadline) {
      Signal(SIGKILL);
      Reap(true);
      return 124;
    }
    std::this_thread::sleep_for(
        std::chrono::milliseconds(5));  // Between looks, not instead of them.
  }
  return *exit_code_;
}

std::string Child::Output() const { return ReadWhole(output_path_); }
std::string Child::Errors() const { return ReadWhole(errors_path_); }

Finished RunToEnd(std::vector<std::string> arguments, const std::string& input) {
  Child child(std::move(arguments), input);
  const int exit_code = child.Wait();
  return {exit_code, child.Output(), child.Errors()};
}

std::string Program(const std::string& name) { return std::string(PARLEY_BIN_DIR) + "/" + name; }

}  // namespace parley::test
