#include "services/common/process/version.h"

namespace parley::process {

const char* Version() { return PARLEY_VERSION; }

}  // namespace parley::process
