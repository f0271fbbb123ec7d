#pragma once

namespace parley::process {

// The version that `--version`, `/version` and `parley_build_info` tell.
const char* Version();

}  // namespace parley::process
