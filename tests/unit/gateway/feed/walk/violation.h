#pragma once

#include <stdexcept>
#include <string>

namespace parley::gateway::walk {

// A guarantee is broken: ends the walk.
struct Violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void Require(bool holds, const std::string& what) {
  if (!holds) throw Violation(what);
}

}  // namespace parley::gateway::walk
