#pragma once

#include <string>
#include <vector>

#include "parley/v1/chat.pb.h"
#include "tests/integration/topic_dump.h"

namespace parley::test {

// The ids of a channel's messages in the order of the log, out of a dump of the topic.
std::vector<std::string> IdsInLogOrder(const std::vector<DumpedRecord>& dump,
                                       const std::string& channel);

// What is wrong with what one member received, held against the log: lost, doubled, reordered or
// invented messages, positions that do not rise, a `previous` that is not the message before. Empty
// when all is well.
std::string WhatIsWrong(const std::vector<v1::Message>& received,
                        const std::vector<std::string>& ids_in_log_order);

}  // namespace parley::test
