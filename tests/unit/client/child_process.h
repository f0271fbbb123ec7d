#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace parley::client {

// A program that a test runs. Everything it waits for has a deadline; what is left of it is killed
// on destruction.
class ChildProcess final {
 public:
  struct Setting {
    std::map<std::string, std::string> environment;
    bool on_terminal = false;  // One terminal for all three; its output is `output`.
  };

  ChildProcess(const std::vector<std::string>& command, const Setting& setting);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  void Write(const std::string& text);
  void CloseInput();
  void CloseOutput();
  void Signal(int signal);

  // False when it did not come within 20 s, or can no more.
  [[nodiscard]] bool WaitForOutput(const std::string& text);
  [[nodiscard]] bool WaitForComplaint(const std::string& text);
  // The exit code, 128 + the signal that ended it, or -1 when it did not end.
  [[nodiscard]] int Wait();

  const std::string& output() const { return output_; }
  const std::string& complaints() const { return complaints_; }  // What came on stderr.

 private:
  void SpawnOnPipes(char* const* arguments, char* const* environment);
  void SpawnOnTerminal(char* const* arguments, char* const* environment);
  bool ReadUntil(const std::function<bool()>& is_done);

  pid_t pid_ = -1;
  int input_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string output_;
  std::string complaints_;
};

}  // namespace parley::client
