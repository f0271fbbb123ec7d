#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace parley::test {

// A program that a test runs: its standard output and error are kept, and it is killed when the
// test is done with it.
class Child final {
 public:
  // `arguments[0]` is a path or a name in PATH. `input` is given on standard input, which then
  // ends.
  explicit Child(std::vector<std::string> arguments, const std::string& input = "");
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int signal) const;

  // The exit code, or 128 + the signal that ended it. Kills it and says 124 when the time is over.
  int Wait(std::chrono::seconds timeout = std::chrono::seconds(60));
  bool Running();

  // What it has written so far.
  std::string Output() const;
  std::string Errors() const;

 private:
  bool Reap(bool block);

  pid_t pid_ = -1;
  std::optional<int> exit_code_;
  std::string output_path_;
  std::string errors_path_;
};

// Runs a program to its end.
struct Finished {
  int exit_code = 0;
  std::string output;
  std::string errors;
};
Finished RunToEnd(std::vector<std::string> arguments, const std::string& input = "");

// Where this build's programs are: `Program("parley")`.
std::string Program(const std::string& name);

}  // namespace parley::test
