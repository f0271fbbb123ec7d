#pragma once

#include <cassert>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <string_view>

namespace parley::presence {

// A name of at most 255 bytes in one allocation that is one byte longer than it: a std::string
// takes 32 more.
class PackedName {
 public:
  PackedName() = default;
  explicit PackedName(std::string_view name) : bytes_(new char[name.size() + 1]) {
    assert(name.size() <= std::numeric_limits<unsigned char>::max());
    bytes_[0] = static_cast<char>(static_cast<unsigned char>(name.size()));
    std::memcpy(bytes_.get() + 1, name.data(), name.size());
  }

  std::string_view view() const {
    if (!bytes_) return {};
    return {bytes_.get() + 1, static_cast<std::size_t>(static_cast<unsigned char>(bytes_[0]))};
  }

 private:
  std::unique_ptr<char[]> bytes_;  // Its length, then the name.
};

}  // namespace parley::presence
