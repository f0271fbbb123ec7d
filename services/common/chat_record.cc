#include "services/common/chat_record.h"
