#pragma once

#include <string>

#include "standalone/standalone.h"

namespace parley::standalone {

// What a newcomer is told once everything is ready: what runs where, and what to type next.
// `programs` is the folder of the programs, as it would be typed.
[[nodiscard]] std::string Announcement(const Endpoints& endpoints, bool embedded_broker,
                                       const std::string& programs);

}  // namespace parley::standalone
