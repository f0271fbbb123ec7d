#pragma once

#include <string>

#include "services/common/kafka/topic_spec.h"

namespace parley::test {

// For tests that change the topics of the brokers given, which all tests share.

// As in topic_surgery.h, but afterwards every broker knows of it.
void CreateEverywhere(const kafka::TopicSpec& topic);
void DeleteEverywhere(const std::string& topic);
// Deletes Parley's topics, as far as they are there.
void DeleteTopics();
// Deletes them and makes them anew, as `parley topics ensure` does: the log has a new epoch.
void MakeFreshTopics();

}  // namespace parley::test
