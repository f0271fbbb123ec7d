#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace parley::router {

// Small numbers for the channels of a partition, so that "does this link want that record" is a
// look at one bit. A number lasts as long as someone holds it (the tail for its records, a serve
// for its channels) and is then used again.
class ChannelTable final {
 public:
  using Slot = std::uint32_t;

  // Each is undone by one `Release`.
  Slot Acquire(std::string_view channel);
  void Hold(Slot slot) { ++references_[slot]; }
  void Release(Slot slot);

  // The number of a channel that someone holds.
  std::optional<Slot> Find(std::string_view channel) const;

  std::size_t size() const { return slots_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::unordered_map<std::string, Slot, Hash, std::equal_to<>> slots_;
  std::vector<std::uint32_t> references_;  // By slot.
  std::vector<const std::string*>
      names_;  // By slot: the keys of `slots_`, whose place in memory is stable.
  std::vector<Slot> free_;
};

// The channels that one serve wants.
class ChannelSet final {
 public:
  explicit ChannelSet(ChannelTable& table) : table_(table) {}
  ~ChannelSet();
  ChannelSet(const ChannelSet&) = delete;
  ChannelSet& operator=(const ChannelSet&) = delete;

  void Add(std::string_view channel);
  void Remove(std::string_view channel);

  bool Has(ChannelTable::Slot slot) const { return slot < wanted_.size() && wanted_[slot]; }
  bool Has(std::string_view channel) const {
    const std::optional<ChannelTable::Slot> slot = table_.Find(channel);
    return slot && Has(*slot);
  }
  std::size_t size() const { return size_; }

 private:
  ChannelTable& table_;
  std::vector<bool> wanted_;  // By slot.
  std::size_t size_ = 0;
};

}  // namespace parley::router
