#pragma once

namespace parley::cli {

// A descriptor that becomes readable, for good, when somebody calls `Set`: how a thread ends
// another's poll. Thread-safe.
class Wakeup final {
 public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  int descriptor() const { return descriptor_; }
  void Set() const;

 private:
  int descriptor_;
};

}  // namespace parley::cli
