#include "tests/chaos/silence/arrivals.h"

#include <algorithm>

#include "tests/chaos/compact_log.h"

namespace parley::chaos {

std::size_t Arrivals::AddTrack(const std::string& receiver, const std::string& channel) {
  const std::lock_guard lock(mutex_);
  tracks_.push_back({receiver, channel});
  return tracks_.size() - 1;
}

void Arrivals::Note(std::size_t track) {
  const std::int64_t now_us = NowUs();
  const std::lock_guard lock(mutex_);
  tracks_[track].times_us.push_back(now_us);
}

Arrivals::Silence Arrivals::Longest(std::int64_t from_us, std::int64_t to_us,
                                    const std::function<bool(const std::string&)>& counts) const {
  Silence longest;
  const std::lock_guard lock(mutex_);
  for (const Track& track : tracks_) {
    if (!counts(track.receiver)) continue;
    std::int64_t last_us = from_us;
    const auto compare = [&](std::int64_t time_us) {
      if (time_us > from_us && time_us - last_us > longest.length_us)
        longest = {time_us - last_us, last_us, track.receiver, track.channel};
      last_us = time_us;
    };
    for (const std::int64_t time_us : track.times_us) {
      if (time_us > to_us) break;
      compare(time_us);
    }
    compare(to_us);
  }
  return longest;
}

bool Arrivals::EverywhereSince(std::int64_t since_us) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::all_of(tracks_, [since_us](const Track& track) {
    return !track.times_us.empty() && track.times_us.back() > since_us;
  });
}

void Arrivals::Trim() {
  const std::lock_guard lock(mutex_);
  for (Track& track : tracks_) {
    if (track.times_us.size() > 1)
      track.times_us.erase(track.times_us.begin(), track.times_us.end() - 1);
  }
}

}  // namespace parley::chaos
