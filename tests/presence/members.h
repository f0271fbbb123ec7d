#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "services/common/rpc/loop.h"
#include "tests/presence/member.h"

namespace parley::presence_test {

// Many members on a thread of their own. Its functions may be called from any other thread; none
// beside `Add`.
class Members final {
 public:
  Members() = default;
  ~Members();
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  // Waits a while when many are on their way in: a gateway waits no longer than 5 s for a hello.
  void Add(const std::string& gateway, const std::vector<std::string>& channels,
           const std::string& user);
  // Users `stem`0, `stem`1, …
  void AddMany(const std::string& gateway, const std::string& channel, const std::string& stem,
               std::size_t count);

  std::size_t size() const { return members_.size(); }
  // Those that are in.
  std::size_t present() { return Count(Member::Where::kIn); }
  bool AllPresent() { return present() == size(); }

  // On the thread.
  void With(std::size_t member, const std::function<void(Member&)>& task);
  void ForEach(const std::function<void(Member&)>& task);

 private:
  std::size_t Count(Member::Where where);

  std::vector<std::unique_ptr<Member>> members_;  // They live on the loop.
  rpc::Loop loop_{"members"};
};

}  // namespace parley::presence_test
