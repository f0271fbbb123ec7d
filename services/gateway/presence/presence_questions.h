#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/rpc/bytes.h"
#include "services/common/rpc/loop.h"
#include "services/gateway/hub/roster_port.h"
#include "services/gateway/presence/replicas.h"
#include "services/gateway/presence/roster_config.h"

namespace parley::gateway {

// Questions with one answer. Each replica is asked in turn, until one answers or the time is over.
// On the roster's loop.
class PresenceQuestions final : public std::enable_shared_from_this<PresenceQuestions> {
 public:
  PresenceQuestions(const RosterConfig& config, rpc::Loop& loop, const Clock& clock,
                    Replicas& replicas);

  void Members(const ChannelName& channel, std::uint32_t limit,
               std::function<void(std::optional<RosterReply>)> done);
  void List(const std::string& prefix, std::uint32_t limit,
            std::function<void(std::optional<ChannelListReply>)> done);

 private:
  // Given the answer's bytes, or nothing.
  using Done = std::function<void(const rpc::Bytes*)>;
  struct Question;

  void Ask(std::string method, rpc::Bytes request, Done done);
  void Try(std::shared_ptr<Question> question);

  const RosterConfig& config_;
  rpc::Loop& loop_;
  const Clock& clock_;
  Replicas& replicas_;
  std::size_t under_way_ = 0;
};

}  // namespace parley::gateway
