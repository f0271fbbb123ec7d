#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "services/common/kafka/client_config.h"
#include "services/common/kafka/log_record.h"
#include "services/common/kafka/topic_spec.h"
#include "tests/integration/brokers.h"
#include "tests/integration/child.h"
#include "tests/integration/fresh_topics.h"
#include "tests/integration/topic_dump.h"

namespace parley::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr std::size_t kProcesses = 10;

std::vector<std::string> TopicsCommand(const std::string& action) {
  return {Program("parley"), "topics", action, "--kafka-brokers", GivenBrokers()};
}

std::vector<std::string> Lines(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// Every epoch that was ever written.
std::set<LogEpoch> Epochs() {
  std::set<LogEpoch> epochs;
  for (const DumpedRecord& record : DumpTopic(GivenBrokers(), kafka::kMetaTopic)) {
    if (record.key == kafka::kLogRecordKey)
      epochs.insert(kafka::ParseLogInfo(record.value).value().epoch);
  }
  return epochs;
}

// Returns what each said.
std::vector<std::string> EnsureTenTimesAtOnce() {
  std::vector<std::unique_ptr<Child>> children;
  for (std::size_t i = 0; i < kProcesses; ++i) {
    children.push_back(std::make_unique<Child>(TopicsCommand("ensure")));
  }
  std::vector<std::string> outputs;
  for (const auto& child : children) {
    EXPECT_EQ(child->Wait(), 0) << child->Output();
    outputs.push_back(child->Output());
  }
  return outputs;
}

// `parley topics` on real brokers. Every test leaves fresh topics behind.
class TopicsOnKafkaTest : public testing::Test {
 protected:
  void TearDown() override { MakeFreshTopics(); }
};

TEST_F(TopicsOnKafkaTest, TenProcessesAtOnceOnAnEmptyClusterWriteOneEpoch) {
  DeleteTopics();
  const std::vector<std::string> outputs = EnsureTenTimesAtOnce();
  const std::set<LogEpoch> epochs = Epochs();
  ASSERT_EQ(epochs.size(), 1u);
  EXPECT_THAT(outputs, testing::Each(HasSubstr("log epoch " + std::to_string(*epochs.begin()))));
  const Finished check = RunToEnd(TopicsCommand("check"));
  EXPECT_EQ(check.exit_code, 0) << check.output;
}

TEST_F(TopicsOnKafkaTest, TenProcessesAtOnceAfterChattingWasDeletedWriteOneFurtherEpoch) {
  MakeFreshTopics();
  DeleteEverywhere(kafka::kChattingTopic);
  static_cast<void>(EnsureTenTimesAtOnce());
  EXPECT_EQ(Epochs().size(), 2u);
}

TEST_F(TopicsOnKafkaTest, TenProcessesAtOnceAfterTheRecordWasLostWriteOneEpoch) {
  MakeFreshTopics();
  DeleteEverywhere(kafka::kMetaTopic);
  static_cast<void>(EnsureTenTimesAtOnce());
  EXPECT_EQ(Epochs().size(), 1u);
}

TEST_F(TopicsOnKafkaTest, EnsureChangesNothingWhereAllIsRight) {
  MakeFreshTopics();
  const std::set<LogEpoch> before = Epochs();
  const Finished again = RunToEnd(TopicsCommand("ensure"));
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.output, testing::Not(HasSubstr("made")));
  EXPECT_EQ(Epochs(), before);
}

TEST_F(TopicsOnKafkaTest, WhatIsMissingOrWrongIsToldInOneLineEachWithTheRemedy) {
  MakeFreshTopics();
  DeleteTopics();
  const int brokers = 1 + static_cast<int>(std::ranges::count(GivenBrokers(), ','));
  for (kafka::TopicSpec topic : kafka::WantedTopics({}, brokers)) {
    if (topic.name == kafka::kDeadLetterTopic) continue;
    if (topic.name == kafka::kChattingTopic) {
      topic.partitions = 5;
      topic.settings = {{"cleanup.policy", "delete"},
                        {"min.insync.replicas", "3"},
                        {"retention.ms", "1000"},
                        {"message.timestamp.type", "CreateTime"}};
    }
    if (topic.name == kafka::kUserConnectionsTopic) topic.partitions = 3;
    CreateEverywhere(topic);
  }

  const Finished check = RunToEnd(TopicsCommand("check"));
  EXPECT_EQ(check.exit_code, 1);
  const std::vector<std::string> lines = Lines(check.output);
  const auto has_one = [&](const std::string& what, const std::string& remedy) {
    std::vector<std::string> found;
    std::ranges::copy_if(lines, std::back_inserter(found), [&](const std::string& line) {
      return line.find(what) != std::string::npos;
    });
    EXPECT_THAT(found, testing::ElementsAre(HasSubstr(remedy))) << check.output;
  };
  has_one("chatting has 5 partitions, not 32", "nothing to mend");
  has_one("min.insync.replicas is 3", "kafka-configs.sh");
  has_one("retention.ms is 1000, not 604800000", "--add-config retention.ms=604800000");
  has_one("message.timestamp.type is CreateTime, not LogAppendTime", "kafka-configs.sh");
  has_one("user-connections has 3 partitions, not 8", "--partitions 8");
  has_one("chatting.dead-letter is missing", "parley topics ensure");

  const Finished ensure = RunToEnd(TopicsCommand("ensure"));
  EXPECT_EQ(ensure.exit_code, 1) << "ensure does not change what is there";
  EXPECT_THAT(Lines(ensure.output), Contains(HasSubstr("made chatting.dead-letter")));
  EXPECT_THAT(Lines(ensure.output), Contains(HasSubstr("retention.ms is 1000")));
}

TEST_F(TopicsOnKafkaTest, AnotherDedupeWindowIsToldAndWrittenUnderTheSameEpoch) {
  MakeFreshTopics();
  const std::set<LogEpoch> before = Epochs();
  const auto with_window = [](const std::string& action) {
    std::vector<std::string> command = TopicsCommand(action);
    command.insert(command.end(), {"--dedupe-window", "10m"});
    return command;
  };
  const Finished check = RunToEnd(with_window("check"));
  EXPECT_EQ(check.exit_code, 1);
  EXPECT_THAT(Lines(check.output), Contains(HasSubstr("topics ensure --dedupe-window 600s")));
  EXPECT_EQ(RunToEnd(with_window("ensure")).exit_code, 0);
  EXPECT_EQ(RunToEnd(with_window("check")).exit_code, 0);
  EXPECT_EQ(RunToEnd(TopicsCommand("ensure")).exit_code, 0) << "without a wish any window is right";
  EXPECT_EQ(RunToEnd(with_window("check")).exit_code, 0);
  EXPECT_EQ(Epochs(), before);
}

}  // namespace
}  // namespace parley::test
