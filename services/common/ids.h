#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace parley {

// A string that names one kind of thing, so that two kinds cannot be mixed up. Names compare
// bytewise.
template <class Kind>
class Name {
 public:
  Name() = default;
  explicit Name(std::string value) : value_(std::move(value)) {}

  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend auto operator<=>(const Name&, const Name&) = default;
  friend bool operator==(const Name&, const Name&) = default;

 private:
  std::string value_;
};

using ChannelName = Name<struct ChannelNameKind>;
using UserId = Name<struct UserIdKind>;
using MessageId = Name<struct MessageIdKind>;
using ServerId = Name<struct ServerIdKind>;    // A gateway process, as the registry knows it.
using RouterId = Name<struct RouterIdKind>;    // A router process.
using SessionId = Name<struct SessionIdKind>;  // One client stream.

using Partition = std::int32_t;
using Offset = std::int64_t;

}  // namespace parley

template <class Kind>
struct std::hash<parley::Name<Kind>> {
  std::size_t operator()(const parley::Name<Kind>& name) const noexcept {
    return std::hash<std::string_view>{}(name.value());
  }
};
