#pragma once

#include <string>

#include "services/common/process/option.h"

namespace parley::process {

// What `--help` prints: options by section, no line longer than 80 columns unless a word is.
[[nodiscard]] std::string HelpText(const std::string& program, const std::string& purpose,
                                   const OptionTable& table);

}  // namespace parley::process
