#pragma once

#include <optional>
#include <string>

namespace parley::simulation {

class World;

// What a presence replica knows that is not so on the gateways, or the other way round; nothing
// when all replicas that run know just what is true.
[[nodiscard]] std::optional<std::string> WrongInPresence(const World& world);

}  // namespace parley::simulation
