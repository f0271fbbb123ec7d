#pragma once

namespace parley::presence_test {

// While it lives, this process and the rest of its session have what others leave of the
// processors, as if its thousands of clients were elsewhere. What Launcher starts is not in it.
class Background final {
 public:
  Background();
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
};

}  // namespace parley::presence_test
