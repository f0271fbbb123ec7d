#include "services/common/kafka/group_member.h"

#include <atomic>
#include <charconv>
#include <cstring>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "services/common/kafka/conf.h"
#include "services/common/kafka/timeouts.h"

namespace parley::kafka {
namespace {

using std::chrono::milliseconds;

// How long a stop may go unnoticed, and a commit unsent.
constexpr milliseconds kPollInterval{50};
constexpr milliseconds kCommittedTimeout{500};
constexpr milliseconds kLeaveTimeout{2000};

using Offsets = std::map<Partition, Offset>;

// Commits carry the epoch as their metadata.
PartitionListPtr ToList(const Offsets& offsets, LogEpoch epoch) {
  const std::string metadata = std::to_string(epoch);
  PartitionListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [partition, offset] : offsets) {
    rd_kafka_topic_partition_t* entry =
        rd_kafka_topic_partition_list_add(list.get(), kChattingTopic, partition);
    entry->offset = offset;
    // The list frees it.
    entry->metadata = strndup(metadata.data(), metadata.size());
    entry->metadata_size = metadata.size();
  }
  return list;
}

// Nothing where somebody else committed.
std::optional<LogEpoch> EpochOf(const rd_kafka_topic_partition_t& entry) {
  const char* begin = static_cast<const char*>(entry.metadata);
  const char* end = begin + entry.metadata_size;
  LogEpoch epoch = 0;
  const auto [parsed_to, error] = std::from_chars(begin, end, epoch);
  if (begin == end || error != std::errc() || parsed_to != end) return std::nullopt;
  return epoch;
}

}  // namespace

// What the member's thread and then the farewell work on. No metrics: the farewell may outlive
// the registry.
struct GroupMember::State {
  State(const ClientConfig& config, LogEpoch log_epoch, const Logger& parent, GroupListener& owner);

  void Run();
  void Leave();

  void OnRebalance(rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t& partitions);
  void OnCommitted(rd_kafka_resp_err_t error, const rd_kafka_topic_partition_list_t& partitions);
  void Announce();
  Offsets Uncommitted();
  void CommitSoon();

  const LogEpoch epoch;
  const Logger logger;
  ClientCallbacks callbacks;
  std::atomic<bool> leaving = false;

  // Of the thread that polls.
  GroupListener* listener;
  PartitionListPtr owned;
  bool announced = true;
  bool committing = false;
  Offsets committed;

  std::mutex mutex;
  // Guarded by `mutex`.
  std::set<Partition> told;  // What the listener knows that it owns.
  Offsets wanted;            // Only of those.

  ClientPtr client;
};

GroupMember::State::State(const ClientConfig& config, LogEpoch log_epoch, const Logger& parent,
                          GroupListener& owner)
    : epoch(log_epoch),
      logger(parent),
      listener(&owner),
      owned(rd_kafka_topic_partition_list_new(0)) {
  callbacks.logger = &logger;
  callbacks.rebalance = [this](rd_kafka_t*, rd_kafka_resp_err_t what,
                               rd_kafka_topic_partition_list_t* partitions) {
    OnRebalance(what, *partitions);
  };
  callbacks.committed = [this](rd_kafka_resp_err_t error,
                               const rd_kafka_topic_partition_list_t* partitions) {
    if (partitions != nullptr) OnCommitted(error, *partitions);
  };
  client = MakeClient(ClientKind::kGroupMember, config, callbacks);
  rd_kafka_poll_set_consumer(client.get());
}

void GroupMember::State::Run() {
  const PartitionListPtr topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), kChattingTopic, RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(client.get(), topics.get());
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    logger.Error("cannot subscribe",
                 {{"topic", kChattingTopic}, {"reason", rd_kafka_err2str(error)}});
  }
  while (!leaving) {
    // Nothing is fetched, so what comes out is news of errors, which librdkafka mends and logs
    // itself.
    const MessagePtr news(rd_kafka_consumer_poll(client.get(), WholeMs(kPollInterval)));
    if (!announced) Announce();
    CommitSoon();
  }
}

void GroupMember::State::Leave() {
  if (const Offsets rest = Uncommitted(); !rest.empty()) {
    rd_kafka_commit(client.get(), ToList(rest, epoch).get(), 0);
  }
  rd_kafka_consumer_close(client.get());
  client.reset();
}

void GroupMember::State::OnRebalance(rd_kafka_resp_err_t what,
                                     rd_kafka_topic_partition_list_t& partitions) {
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    // Nothing to fetch, and yet a member that may commit.
    const PartitionListPtr nothing(rd_kafka_topic_partition_list_new(0));
    rd_kafka_assign(client.get(), nothing.get());
    owned.reset(rd_kafka_topic_partition_list_copy(&partitions));
    announced = false;
    return;
  }
  rd_kafka_assign(client.get(), nullptr);
  owned.reset(rd_kafka_topic_partition_list_new(0));
  announced = true;
  committed.clear();
  {
    const std::lock_guard lock(mutex);
    told.clear();
    wanted.clear();
  }
  if (!leaving) listener->OnOwned({});
}

// Tells the listener what is owned, once Kafka has said where the earlier owners stopped. Tried at
// each poll until then.
void GroupMember::State::Announce() {
  if (rd_kafka_committed(client.get(), owned.get(), WholeMs(kCommittedTimeout)) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    return;
  }
  std::vector<OwnedPartition> partitions;
  for (int i = 0; i < owned->cnt; ++i) {
    const rd_kafka_topic_partition_t& entry = owned->elems[i];
    const LogEpoch committed_in = EpochOf(entry).value_or(epoch);
    if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR || committed_in > epoch) return;
    const bool is_known = entry.offset >= 0 && committed_in == epoch;
    partitions.push_back({entry.partition, is_known ? std::optional(entry.offset) : std::nullopt});
  }
  {
    const std::lock_guard lock(mutex);
    for (const OwnedPartition& partition : partitions) told.insert(partition.partition);
  }
  announced = true;
  listener->OnOwned(partitions);
}

Offsets GroupMember::State::Uncommitted() {
  Offsets rest;
  const std::lock_guard lock(mutex);
  for (const auto& next : wanted) {
    const auto known = committed.find(next.first);
    if (known == committed.end() || known->second != next.second) rest.insert(next);
  }
  return rest;
}

// One commit at a time, so that an older one can never overwrite a newer one.
void GroupMember::State::CommitSoon() {
  if (committing) return;
  const Offsets rest = Uncommitted();
  if (rest.empty()) return;
  committing =
      rd_kafka_commit(client.get(), ToList(rest, epoch).get(), 1) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

void GroupMember::State::OnCommitted(rd_kafka_resp_err_t error,
                                     const rd_kafka_topic_partition_list_t& partitions) {
  committing = false;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  for (int i = 0; i < partitions.cnt; ++i) {
    const rd_kafka_topic_partition_t& entry = partitions.elems[i];
    if (entry.err == RD_KAFKA_RESP_ERR_NO_ERROR) committed[entry.partition] = entry.offset;
  }
}

GroupMember::GroupMember(const ClientConfig& client, LogEpoch epoch, const Logger& logger,
                         GroupListener& listener)
    : state_(std::make_shared<State>(client, epoch, logger, listener)),
      thread_([this] { state_->Run(); }) {}

GroupMember::~GroupMember() { Leave(kLeaveTimeout); }

void GroupMember::Commit(Partition partition, Offset next) {
  const std::lock_guard lock(state_->mutex);
  if (state_->told.contains(partition)) state_->wanted[partition] = next;
}

void GroupMember::Leave(Duration timeout) {
  if (!thread_.joinable()) return;
  state_->leaving = true;
  thread_.join();

  // librdkafka 2.0.2 can hang in its farewell when the coordinator is gone, so it is not awaited
  // for ever.
  std::promise<void> left;
  std::future<void> done = left.get_future();
  std::thread([state = state_, left = std::move(left)]() mutable {
    state->Leave();
    left.set_value();
  }).detach();
  if (done.wait_for(timeout) == std::future_status::timeout) {
    state_->logger.Warn("left the group without an answer", {{"group", kRouterGroup}});
  }
}

}  // namespace parley::kafka
