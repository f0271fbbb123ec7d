#pragma once

#include <optional>

namespace parley::chaos {

// The node that leads KRaft's metadata quorum, asked of the broker on this loopback port
// (`DescribeQuorum`). Nothing when it does not know, or does not answer within two seconds.
[[nodiscard]] std::optional<int> QuorumLeader(int port);

}  // namespace parley::chaos
