#pragma once

#include <cstdint>
#include <string>

#include "services/common/ids.h"
#include "services/common/kafka/topic_spec.h"

namespace parley::test {

// What an operator may do to a topic behind Parley's back, on real brokers: the embedded one does
// not answer the admin client. Each call blocks until the metadata of every broker shows the
// change, and throws std::runtime_error with the brokers' complaint.

void CreateTopic(const std::string& brokers, const kafka::TopicSpec& topic);
void DeleteTopic(const std::string& brokers, const std::string& topic);
// Adds partitions until there are `count`.
void RaisePartitions(const std::string& brokers, const std::string& topic, Partition count);
// What retention does: the partition begins at `offset` afterwards.
void DeleteRecordsBefore(const std::string& brokers, const std::string& topic, Partition partition,
                         std::int64_t offset);

}  // namespace parley::test
