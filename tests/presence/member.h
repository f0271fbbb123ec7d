#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "services/common/rpc/loop.h"
#include "tests/chaos/chat_stream.h"

namespace parley::presence_test {

// A session of one user on one gateway, in all of its channels or in none, and what it is told of
// who comes and goes. It goes nowhere else when its gateway dies. On its loop.
class Member final : private chaos::ChatStream::Listener {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Connects and joins.
  Member(rpc::Loop& loop, std::string gateway, const std::vector<std::string>& channels,
         std::string user);
  ~Member() override;

  // From wherever it is. What is refused, or ends on the way, is repeated until it holds.
  void Join();
  // Precondition: it is in.
  void Leave();
  // Ends the stream.
  void Close();

  enum class Where { kOut, kJoining, kIn, kLeaving };
  Where where() const { return where_; }
  Time since() const { return since_; }  // When it came to be there.
  bool connected() const { return connected_; }

  const std::string& user() const { return user_; }
  const std::string& gateway() const { return gateway_; }

  struct Told {
    std::set<std::string> joined;
    std::set<std::string> left;
    std::size_t members = 0;  // The last count.
    std::vector<Time> times;
  };
  const Told& told(const std::string& channel) const { return told_.at(channel); }
  // But for the last counts.
  void ForgetTold();

 private:
  void OnFrame(const v1::ServerFrame& frame) override;
  void OnEnd(const grpc::Status& status) override;

  void Connect();
  void JoinOne(const std::string& channel);
  void OnError(const v1::Error& error);
  void OnPresence(const v1::PresenceChanged& change);
  void Move(Where where);

  rpc::Loop& loop_;
  const std::string gateway_;
  const std::string user_;
  std::map<std::string, Told> told_;  // Has all of its channels.
  std::set<std::string> in_;
  std::set<std::string> refused_;  // To be joined again.
  rpc::Loop::TimerId retry_ = 0;
  Where where_ = Where::kOut;
  Time since_;
  bool connected_ = false;
  std::unique_ptr<chaos::ChatStream> stream_;
};

}  // namespace parley::presence_test
