#include "tests/integration/order_oracle.h"

#include <set>
#include <sstream>

#include "parley/v1/record.pb.h"

namespace parley::test {

std::vector<std::string> IdsInLogOrder(const std::vector<DumpedRecord>& dump,
                                       const std::string& channel) {
  std::vector<std::string> ids;
  for (const DumpedRecord& record : dump) {
    v1::ChatRecord parsed;
    if (record.key == channel && parsed.ParseFromString(record.value)) ids.push_back(parsed.id());
  }
  return ids;
}

std::string WhatIsWrong(const std::vector<v1::Message>& received,
                        const std::vector<std::string>& ids_in_log_order) {
  std::ostringstream wrong;
  std::set<std::string> seen;
  for (const v1::Message& message : received) {
    if (!seen.insert(message.id()).second) wrong << "twice: " << message.id() << "; ";
  }
  for (const std::string& id : ids_in_log_order) {
    if (!seen.contains(id)) {
      wrong << "lost: " << id << " and perhaps more; ";
      break;
    }
  }
  for (std::size_t i = 0; i < received.size(); ++i) {
    const bool same = i < ids_in_log_order.size() && received[i].id() == ids_in_log_order[i];
    if (!same) {
      wrong << "at " << i << " came " << received[i].id() << ", not what the log has there; ";
      break;
    }
    if (i == 0) continue;
    if (received[i].position() <= received[i - 1].position()) wrong << "position at " << i << "; ";
    if (!received[i].previous().empty() && received[i].previous() != received[i - 1].position()) {
      wrong << "previous at " << i << "; ";
    }
  }
  if (received.size() != ids_in_log_order.size()) {
    wrong << received.size() << " messages, the log has " << ids_in_log_order.size();
  }
  return wrong.str();
}

}  // namespace parley::test
