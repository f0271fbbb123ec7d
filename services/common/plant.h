#pragma once

namespace parley {

// Bugs on purpose, at places that the guarantees depend on: the simulation and the chaos harness
// must catch each of them (tests/plants). Programs that users run have none: there this is false
// when they are compiled, and nothing of it is left in them.
#ifdef PARLEY_PLANTS
// Whether the environment variable PARLEY_PLANT has the name in its list, which commas separate.
[[nodiscard]] bool Planted(const char* name);
#else
[[nodiscard]] constexpr bool Planted(const char* /*name*/) { return false; }
#endif

}  // namespace parley
