#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/unit/client/child_process.h"

namespace parley::client {

// Nobody listens there.
inline constexpr const char* kNobody = "127.0.0.1:1";

inline std::vector<std::string> Joined(std::vector<std::string> first,
                                       const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// The command line of the program with these arguments.
inline std::vector<std::string> Parley(const std::vector<std::string>& arguments) {
  return Joined({PARLEY_CLI}, arguments);
}

// Runs it to the end without input.
struct Finished {
  int code;
  std::string output;
  std::string complaints;
};
inline Finished RunParley(const std::vector<std::string>& arguments,
                          const std::map<std::string, std::string>& environment = {}) {
  ChildProcess child(Parley(arguments), {.environment = environment});
  child.CloseInput();
  const int code = child.Wait();
  return {code, child.output(), child.complaints()};
}

}  // namespace parley::client
