#include "tests/chaos/brokers.h"

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "tests/chaos/quorum.h"

extern char** environ;

namespace parley::chaos {
namespace {

constexpr int kAnswerMs = 3000;

struct Freer {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};

rd_kafka_t* MakeClient(const std::string& addresses) {
  char error[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  const std::pair<const char*, std::string> settings[] = {{"bootstrap.servers", addresses},
                                                          {"socket.timeout.ms", "2000"},
                                                          {"reconnect.backoff.max.ms", "500"},
                                                          {"log_level", "0"}};
  for (const auto& [name, value] : settings) {
    rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error);
  }
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (client == nullptr) throw std::runtime_error(std::string("librdkafka: ") + error);
  return client;
}

}  // namespace

Brokers::Brokers(std::string addresses, std::vector<std::string> control)
    : addresses_(std::move(addresses)),
      control_(std::move(control)),
      client_(MakeClient(addresses_)) {}

void Brokers::Control(const std::vector<std::string>& lever, const std::vector<int>& nodes) const {
  std::vector<std::string> command = control_;
  command.insert(command.end(), lever.begin(), lever.end());
  for (const int node : nodes) command.push_back(std::to_string(node));
  std::vector<char*> pointers;
  for (std::string& word : command) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t child = -1;
  if (posix_spawnp(&child, pointers[0], nullptr, nullptr, pointers.data(), environ) != 0) {
    throw std::runtime_error("cannot run " + command.front());
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (status == 0) return;
  std::string text;
  for (const std::string& word : command) text += word + " ";
  throw std::runtime_error(text + "failed: see its message above");
}

void Brokers::Kill(const std::vector<int>& nodes) const { Control({"kill", "-9"}, nodes); }

void Brokers::Stop(const std::vector<int>& nodes) const { Control({"stop"}, nodes); }

void Brokers::Continue(const std::vector<int>& nodes) const { Control({"cont"}, nodes); }

void Brokers::Start(const std::vector<int>& nodes) const { Control({"start"}, nodes); }

std::map<int, Brokers::Partition> Brokers::Describe(const std::string& topic) const {
  const std::unique_ptr<rd_kafka_topic_t, Freer> handle(
      rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
  const rd_kafka_metadata_t* raw = nullptr;
  std::map<int, Partition> partitions;
  if (rd_kafka_metadata(client_.get(), 0, handle.get(), &raw, kAnswerMs) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return partitions;
  }
  const std::unique_ptr<const rd_kafka_metadata_t, Freer> metadata(raw);
  for (int i = 0; i < metadata->topics[0].partition_cnt; ++i) {
    const rd_kafka_metadata_partition_t& partition = metadata->topics[0].partitions[i];
    partitions[partition.id] = {partition.leader, partition.isr_cnt == partition.replica_cnt};
  }
  return partitions;
}

std::optional<int> Brokers::Leader(const std::string& topic, int partition) const {
  const auto partitions = Describe(topic);
  const auto found = partitions.find(partition);
  if (found == partitions.end() || found->second.leader < 1) return std::nullopt;
  return found->second.leader;
}

int Brokers::Partitions(const std::string& topic) const {
  return static_cast<int>(Describe(topic).size());
}

std::optional<int> Brokers::Controller() const {
  std::istringstream list(addresses_);
  for (std::string address; std::getline(list, address, ',');) {
    const int port = std::atoi(address.c_str() + address.rfind(':') + 1);
    if (const auto leader = QuorumLeader(port)) return leader;
  }
  return std::nullopt;
}

bool Brokers::InSync(const std::string& topic) const {
  const auto partitions = Describe(topic);
  return !partitions.empty() && std::ranges::all_of(partitions, [](const auto& partition) {
    return partition.second.in_sync && partition.second.leader >= 1;
  });
}

bool Brokers::WaitInSync(const std::string& topic, std::chrono::milliseconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  constexpr std::chrono::milliseconds kBetweenQuestions{200};
  while (!InSync(topic)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kBetweenQuestions);
  }
  return true;
}

}  // namespace parley::chaos
