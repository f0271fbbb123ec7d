#pragma once

#include <termios.h>

namespace parley::cli {

// The terminal on stdin hands out every key as it comes, unseen and uninterpreted; back to what it
// was on destruction.
class RawTerminal final {
 public:
  RawTerminal();
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_{};
};

}  // namespace parley::cli
