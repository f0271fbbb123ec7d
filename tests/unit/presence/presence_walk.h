#pragma once

#include <optional>
#include <string>

namespace parley::presence {

// A random history of four gateways, their records and a replica that reads them: users come and
// go, gateways stop, crash, are cut off and begin anew, records are lost, repeated and late, the
// replica reads one gateway's before the other's, restarts, and gets snapshots that are late or
// none. At every step, and 4 s and 13 s after the last fault, it is compared with a model that
// knows only sets. Returns what was wrong; nothing when all was right. The same seed walks the same
// way.
[[nodiscard]] std::optional<std::string> WalkPresence(unsigned seed);

}  // namespace parley::presence
