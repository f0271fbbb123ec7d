#include "services/common/kafka/conf.h"

#include <array>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "services/common/process/option.h"

namespace parley::kafka {
namespace {

struct Setting {
  const char* name;
  const char* value;
};

constexpr Setting kEveryClient[] = {
    {"client.id", "parley"},
    {"socket.timeout.ms", "10000"},
    {"socket.nagle.disable", "true"},
    {"socket.keepalive.enable", "true"},
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "2000"},
    // A topic that is made after the process has started is seen within this time.
    {"topic.metadata.refresh.interval.ms", "30000"},
    // A topic made by accident has the wrong settings.
    {"allow.auto.create.topics", "false"},
    {"log.connection.close", "false"},
};

constexpr Setting kProducer[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"linger.ms", "1"},
    {"message.timeout.ms", "10000"},
    {"request.timeout.ms", "5000"},
    {"retry.backoff.ms", "50"},
    {"partitioner", "murmur2_random"},
    // Over the largest content that may be configured, with everything around it.
    {"message.max.bytes", "2097152"},
    {"queue.buffering.max.messages", "50000"},
    {"queue.buffering.max.kbytes", "65536"},
};

constexpr Setting kEveryConsumer[] = {
    {"enable.auto.commit", "false"},
    {"auto.offset.reset", "error"},
    {"isolation.level", "read_uncommitted"},
    {"check.crcs", "true"},
    {"fetch.min.bytes", "1"},
    {"fetch.error.backoff.ms", "100"},
    {"queued.min.messages", "10000"},
    {"queued.max.messages.kbytes", "32768"},
    // Partitions that are added to a topic are read, and owned, within this time.
    {"topic.metadata.refresh.interval.ms", "5000"},
};

constexpr Setting kGroupMember[] = {
    {"group.id", kRouterGroup},        {"partition.assignment.strategy", "range"},
    {"session.timeout.ms", "6000"},    {"heartbeat.interval.ms", "1500"},
    {"max.poll.interval.ms", "30000"},
};

void Set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  std::array<char, 512> reason{};
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) ==
      RD_KAFKA_CONF_OK) {
    return;
  }
  if (process::IsSecretKey(name)) {
    throw std::runtime_error("kafka property " + name + "=*****: refused");
  }
  throw std::runtime_error("kafka property " + name + "=" + value + ": " + reason.data());
}

void Set(rd_kafka_conf_t* conf, std::span<const Setting> settings) {
  for (const Setting& setting : settings) Set(conf, setting.name, setting.value);
}

void SetConsumer(rd_kafka_conf_t* conf, const ClientConfig& config) {
  Set(conf, kEveryConsumer);
  Set(conf, "fetch.wait.max.ms", config.embedded ? "5" : "100");
}

ClientCallbacks& CallbacksOf(void* opaque) { return *static_cast<ClientCallbacks*>(opaque); }

void OnLog(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  const ClientCallbacks& callbacks = CallbacksOf(rd_kafka_opaque(client));
  if (callbacks.logger == nullptr) return;
  const std::initializer_list<LogField> fields = {
      {"client", rd_kafka_name(client)}, {"facility", facility}, {"text", text}};
  // The embedded broker cannot be told not to make topics, and every client complains of it.
  if (std::string_view(facility) == "AUTOCREATE") level = 7;
  // Every failure to connect; the watch says once what comes of them.
  if (std::string_view(facility) == "FAIL") level = 7;
  // A broker that has just started: the producer asks again, and its records wait for no longer
  // than for any other reason.
  if (std::string_view(facility) == "GETPID") level = 6;
  // Syslog's levels. What librdkafka calls an error, it mends by itself as a rule.
  if (level <= 2) {
    callbacks.logger->Error("kafka client", fields);
  } else if (level <= 4) {
    callbacks.logger->Warn("kafka client", fields);
  } else if (level <= 6) {
    callbacks.logger->Info("kafka client", fields);
  } else {
    callbacks.logger->Debug("kafka client", fields);
  }
}

// What the watch knows the client by: only statistics say that a single client is well again.
std::string NameFor(const ClientCallbacks& callbacks, const rd_kafka_t* client) {
  return callbacks.logger != nullptr ? rd_kafka_name(client) : "";
}

int OnStatistics(rd_kafka_t* client, char* json, std::size_t size, void* opaque) {
  const ClientCallbacks& callbacks = CallbacksOf(opaque);
  constexpr int kFreeTheDocument = 0;
  const std::optional<ClientStatistics> statistics = ParseStatistics({json, size});
  if (!statistics) return kFreeTheDocument;
  if (callbacks.metrics != nullptr) callbacks.metrics->Set(*statistics);
  callbacks.watch->OnStatistics(NameFor(callbacks, client), statistics->brokers, callbacks.logger);
  if (callbacks.statistics) callbacks.statistics(statistics->brokers_up());
  return kFreeTheDocument;
}

void OnError(rd_kafka_t* client, int code, const char* reason, void* opaque) {
  const ClientCallbacks& callbacks = CallbacksOf(opaque);
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  callbacks.watch->OnError(NameFor(callbacks, client), error, reason, callbacks.logger);
  if (callbacks.error) callbacks.error(error, reason);
}

void OnDelivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  CallbacksOf(opaque).delivered(*message);
}

void OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                 rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  CallbacksOf(opaque).rebalance(client, what, partitions);
}

void OnCommitted(rd_kafka_t*, rd_kafka_resp_err_t error,
                 rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  CallbacksOf(opaque).committed(error, partitions);
}

void SetCallbacks(rd_kafka_conf_t* conf, ClientCallbacks& callbacks) {
  rd_kafka_conf_set_opaque(conf, &callbacks);
  rd_kafka_conf_set_log_cb(conf, OnLog);
  rd_kafka_conf_set_error_cb(conf, OnError);
  if (callbacks.delivered) rd_kafka_conf_set_dr_msg_cb(conf, OnDelivered);
  if (callbacks.rebalance) rd_kafka_conf_set_rebalance_cb(conf, OnRebalance);
  if (callbacks.committed) rd_kafka_conf_set_offset_commit_cb(conf, OnCommitted);
  if (callbacks.logger != nullptr) {
    rd_kafka_conf_set_stats_cb(conf, OnStatistics);
    Set(conf, "statistics.interval.ms", "5000");
  }
}

// librdkafka names the property that it fails on, but not the path that is in it.
std::string WithValues(std::string complaint, const ClientConfig& config) {
  for (const auto& [name, value] : config.properties) {
    if (complaint.find(name) == std::string::npos || process::IsSecretKey(name)) continue;
    complaint += " (" + name + "=" + value + ")";
  }
  return complaint;
}

}  // namespace

ConfPtr MakeConf(ClientKind kind, const ClientConfig& config, ClientCallbacks& callbacks) {
  ConfPtr conf(rd_kafka_conf_new());
  Set(conf.get(), "bootstrap.servers", config.brokers);
  Set(conf.get(), kEveryClient);
  callbacks.watch = config.watch;
  SetCallbacks(conf.get(), callbacks);
  switch (kind) {
    case ClientKind::kProducer:
      Set(conf.get(), kProducer);
      break;
    case ClientKind::kReader:
      SetConsumer(conf.get(), config);
      break;
    case ClientKind::kGroupMember:
      SetConsumer(conf.get(), config);
      Set(conf.get(), kGroupMember);
      break;
    case ClientKind::kPresence:
      SetConsumer(conf.get(), config);
      Set(conf.get(), "enable.partition.eof", "true");
      break;
    case ClientKind::kAdmin:
      break;
  }
  for (const auto& [name, value] : config.properties) Set(conf.get(), name, value);
  return conf;
}

ClientPtr MakeClient(ClientKind kind, const ClientConfig& config, ClientCallbacks& callbacks) {
  ConfPtr conf = MakeConf(kind, config, callbacks);
  const bool produces = kind == ClientKind::kProducer || kind == ClientKind::kAdmin;
  std::array<char, 512> reason{};
  rd_kafka_t* client = rd_kafka_new(produces ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf.get(),
                                    reason.data(), reason.size());
  if (client == nullptr) {
    throw std::runtime_error(WithValues(std::string("kafka client: ") + reason.data(), config));
  }
  // The client has taken the settings over.
  static_cast<void>(conf.release());
  return ClientPtr(client);
}

std::string WhyNoAnswer(rd_kafka_t* client, const ClientConfig& config, rd_kafka_resp_err_t error) {
  rd_kafka_poll(client, 0);
  config.watch->OnNoAnswer();
  return config.watch->trouble().value_or("Kafka at " + config.brokers +
                                          " does not answer: " + rd_kafka_err2str(error));
}

TopicPtr OpenTopic(rd_kafka_t* client, const char* topic) {
  TopicPtr handle(rd_kafka_topic_new(client, topic, nullptr));
  if (!handle) {
    throw std::runtime_error(std::string("kafka topic ") + topic + ": " +
                             rd_kafka_err2str(rd_kafka_last_error()));
  }
  return handle;
}

}  // namespace parley::kafka
