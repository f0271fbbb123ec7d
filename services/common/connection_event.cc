#include "services/common/connection_event.h"
