#pragma once

#include <memory>
#include <utility>

namespace parley::gateway {

// Ties callbacks to the life of an object: what it guards does nothing once the object is gone. The
// object has it as its last member. The callbacks may travel through other threads but run on the
// object's loop.
class Lifeline final {
 public:
  Lifeline() = default;
  Lifeline(const Lifeline&) = delete;
  Lifeline& operator=(const Lifeline&) = delete;

  template <class Callback>
  [[nodiscard]] auto Guard(Callback callback) const {
    return [alive = std::weak_ptr<const char>(alive_),
            callback = std::move(callback)](auto&&... arguments) {
      if (!alive.expired()) callback(std::forward<decltype(arguments)>(arguments)...);
    };
  }

 private:
  const std::shared_ptr<const char> alive_ = std::make_shared<const char>();
};

}  // namespace parley::gateway
