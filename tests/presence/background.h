#pragma once

namespace parley::presence_test {

// While it lives, this process has what the others leave of the processors, as if its thousands of
// clients were elsewhere.
class Background final {
 public:
  Background();
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
};

}  // namespace parley::presence_test
