#include "tests/integration/await.h"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace parley::test {

void Await(const std::string& what, const std::function<bool()>& done) {
  constexpr std::chrono::minutes kPatience{1};
  constexpr std::chrono::milliseconds kBetweenLooks{20};
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("within a minute it did not come about that " + what);
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace parley::test
