#pragma once

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "services/common/rpc/loop.h"
#include "tests/chaos/chat_stream.h"

namespace parley::presence_test {

// Many sessions of one channel on one gateway, and what they are told of who comes and goes.
class Members final {
 public:
  // Users `stem`0, `stem`1, …
  Members(const std::string& gateway, const std::string& channel, const std::string& stem,
          std::size_t count);
  ~Members();

  // Those that have joined and whose streams live.
  std::size_t present();
  // All that any of them was told.
  struct Told {
    std::set<std::string> joined;
    std::set<std::string> left;
    std::size_t members = 0;  // The last count.
    std::size_t events = 0;   // Of the session that was told most.
  };
  Told told();
  void ForgetTold();

  // Leaves the channel with this member, or joins again.
  void Leave(std::size_t member);
  void Join(std::size_t member);
  // Ends its stream.
  void Close(std::size_t member);

 private:
  class Session;

  const std::string channel_;
  std::vector<std::unique_ptr<Session>> sessions_;  // On the loop.
  rpc::Loop loop_{"members"};
};

}  // namespace parley::presence_test
