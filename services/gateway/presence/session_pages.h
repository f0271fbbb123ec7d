#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "services/common/ids.h"
#include "services/gateway/presence/session_ledger.h"

namespace parley::gateway {

// Some of a gateway's sessions, as the log has them after `revision`.
struct SessionsPart {
  ServerId server;
  std::int64_t epoch = 0;
  std::uint64_t revision = 0;
  ToldPart told;
};

inline constexpr std::size_t kSessionsPageBytesMax = std::size_t{256} << 10;

// Serialized `SessionsPage`s; at least one. A page is longer than the limit by less than one name.
[[nodiscard]] std::vector<std::string> PagesOf(const SessionsPart& part,
                                               std::size_t bytes_max = kSessionsPageBytesMax);

}  // namespace parley::gateway
