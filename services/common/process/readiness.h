#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace parley::process {

// What `/readyz` says: why the process is not ready, or nothing. Thread-safe.
class Readiness final {
 public:
  explicit Readiness(std::string missing) : missing_(std::move(missing)) {}

  std::string missing() const {
    const std::lock_guard lock(mutex_);
    return missing_;
  }
  void Set(std::string missing) {
    const std::lock_guard lock(mutex_);
    missing_ = std::move(missing);
  }

 private:
  mutable std::mutex mutex_;
  std::string missing_;  // Guarded by mutex_.
};

}  // namespace parley::process
