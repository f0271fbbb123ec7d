#pragma once

#include <mutex>
#include <set>
#include <vector>

#include "services/common/ids.h"

namespace parley::cli {

// Who is known to be in the channel, so that nobody is said to have come or gone twice: lists and
// changes reach a chat by different ways. Thread-safe.
class Company final {
 public:
  explicit Company(const UserId& self) : present_({self}) {}

  void NotePresent(const UserId& user) {
    const std::lock_guard lock(mutex_);
    present_.insert(user);
  }

  // Those of them who are news.
  std::vector<UserId> Come(const std::vector<UserId>& users) {
    const std::lock_guard lock(mutex_);
    std::vector<UserId> news;
    for (const UserId& user : users) {
      if (present_.insert(user).second) news.push_back(user);
    }
    return news;
  }
  std::vector<UserId> Go(const std::vector<UserId>& users) {
    const std::lock_guard lock(mutex_);
    std::vector<UserId> news;
    for (const UserId& user : users) {
      if (present_.erase(user) == 1) news.push_back(user);
    }
    return news;
  }

 private:
  std::mutex mutex_;
  std::set<UserId> present_;  // Guarded by mutex_.
};

}  // namespace parley::cli
