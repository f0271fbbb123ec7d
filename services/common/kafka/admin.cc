#include "services/common/kafka/admin.h"

#include <array>
#include <memory>

#include "services/common/kafka/timeouts.h"

namespace parley::kafka {
namespace {

struct ReleaseAdmin {
  void operator()(rd_kafka_AdminOptions_t* options) const {
    rd_kafka_AdminOptions_destroy(options);
  }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_ConfigResource_t* resource) const {
    rd_kafka_ConfigResource_destroy(resource);
  }
};
using OptionsPtr = std::unique_ptr<rd_kafka_AdminOptions_t, ReleaseAdmin>;
using NewTopicPtr = std::unique_ptr<rd_kafka_NewTopic_t, ReleaseAdmin>;
using ResourcePtr = std::unique_ptr<rd_kafka_ConfigResource_t, ReleaseAdmin>;

OptionsPtr MakeOptions(rd_kafka_t* client, rd_kafka_admin_op_t operation, Duration timeout) {
  OptionsPtr options(rd_kafka_AdminOptions_new(client, operation));
  std::array<char, 256> reason{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), WholeMs(timeout), reason.data(),
                                            reason.size());
  return options;
}

}  // namespace

Admin::Admin(const ClientConfig& config)
    : config_(config), client_(MakeClient(ClientKind::kAdmin, config, silent_)) {}

TopicMetadata Admin::Describe(const std::string& topic, Duration timeout) {
  const TopicPtr handle = OpenTopic(client_.get(), topic.c_str());
  return DescribeTopic(client_.get(), handle.get(), timeout);
}

std::string Admin::WhyNoAnswer(rd_kafka_resp_err_t error) {
  return kafka::WhyNoAnswer(client_.get(), config_, error);
}

Admin::MakeAnswer Admin::Make(const TopicSpec& spec, Duration timeout) {
  return AskToMake(spec, timeout, false);
}

Admin::MakeAnswer Admin::TryMake(const TopicSpec& spec, Duration timeout) {
  return AskToMake(spec, timeout, true);
}

Admin::MakeAnswer Admin::AskToMake(const TopicSpec& spec, Duration timeout, bool only_try) {
  std::array<char, 256> reason{};
  const NewTopicPtr topic(rd_kafka_NewTopic_new(spec.name.c_str(), spec.partitions,
                                                spec.replication, reason.data(), reason.size()));
  if (!topic) return {Made::kFailed, reason.data()};
  for (const auto& [name, value] : spec.settings) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  const OptionsPtr options = MakeOptions(client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
  rd_kafka_AdminOptions_set_validate_only(options.get(), only_try ? 1 : 0, nullptr, 0);
  const QueuePtr answers(rd_kafka_queue_new(client_.get()));
  rd_kafka_NewTopic_t* wanted = topic.get();
  rd_kafka_CreateTopics(client_.get(), &wanted, 1, options.get(), answers.get());

  const EventPtr event(rd_kafka_queue_poll(answers.get(), WholeMs(timeout)));
  if (!event) return {Made::kFailed, "no answer in time"};
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {Made::kFailed, rd_kafka_event_error_string(event.get())};
  }
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return {Made::kFailed, "no answer for the topic"};
  const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[0]);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {Made::kYes, {}};
  if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return {Made::kWasThere, {}};
  const char* text = rd_kafka_topic_result_error_string(results[0]);
  return {Made::kFailed, text != nullptr ? text : rd_kafka_err2str(error)};
}

std::optional<Admin::Settings> Admin::ReadSettings(const std::string& topic, Duration timeout) {
  const ResourcePtr resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  const OptionsPtr options = MakeOptions(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
  const QueuePtr answers(rd_kafka_queue_new(client_.get()));
  rd_kafka_ConfigResource_t* wanted = resource.get();
  rd_kafka_DescribeConfigs(client_.get(), &wanted, 1, options.get(), answers.get());

  const EventPtr event(rd_kafka_queue_poll(answers.get(), WholeMs(timeout)));
  if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return std::nullopt;
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1 || rd_kafka_ConfigResource_error(resources[0]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  Settings settings;
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    settings[rd_kafka_ConfigEntry_name(entries[i])] = value != nullptr ? value : "";
  }
  return settings;
}

}  // namespace parley::kafka
