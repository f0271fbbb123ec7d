#pragma once

#include <signal.h>

namespace parley::cli {

// The signals that end a program, and the terminal's change of size, read from a descriptor instead
// of interrupting. Made before any other thread, so that all inherit the mask; as before on
// destruction.
class Signals final {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return descriptor_; }
  // The signal that made the descriptor readable.
  [[nodiscard]] int Take() const;

 private:
  sigset_t before_{};
  int descriptor_;
};

}  // namespace parley::cli
