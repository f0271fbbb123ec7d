#include "services/common/log.h"
