#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace parley::chaos {

// When messages arrived, in microseconds of the steady clock, per receiver and channel. Any thread.
class Arrivals final {
 public:
  struct Track {
    std::string receiver;
    std::string channel;
    std::vector<std::int64_t> times_us{};
  };
  struct Silence {
    std::int64_t length_us = 0;
    std::int64_t begin_us = 0;
    std::string receiver{};
    std::string channel{};
  };

  std::size_t AddTrack(const std::string& receiver, const std::string& channel);
  void Note(std::size_t track);

  // The longest time without a message that overlaps with the window, among the receivers that
  // `counts` names.
  [[nodiscard]] Silence Longest(std::int64_t from_us, std::int64_t to_us,
                                const std::function<bool(const std::string&)>& counts) const;
  // Something arrived everywhere after that time.
  [[nodiscard]] bool EverywhereSince(std::int64_t since_us) const;
  // Forgets all but the latest of each track.
  void Trim();

 private:
  mutable std::mutex mutex_;
  std::vector<Track> tracks_;  // Guarded by mutex_.
};

}  // namespace parley::chaos
