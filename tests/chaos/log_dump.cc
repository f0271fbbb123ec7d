#include "tests/chaos/log_dump.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "parley/v1/record.pb.h"
#include "services/common/position.h"
#include "tests/kafka/topic_reader.h"

namespace parley::chaos {
namespace {

// What one producer does with a record lies at most so far apart: message.timeout.ms, and 5 s for
// clocks. librdkafka repeats without a mark what was under way when another record timed out.
constexpr std::int64_t kLateMs = 15'000;
// A record that is appended later than this after its gateway accepted it was held by something.
constexpr std::int64_t kHeldMs = 15'000;

using test::KeyOf;
using test::ReadTopic;
using test::ValueOf;

std::string Header(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {};
  }
  return {static_cast<const char*>(value), size};
}

// The log's epoch and window, from `parley-meta`.
LogInfo ReadInfo(const std::string& brokers) {
  LogInfo info;
  ReadTopic(brokers, "parley-meta", [&](const rd_kafka_message_t& message) {
    if (KeyOf(message) != "log" || message.payload == nullptr) return;
    const auto value = nlohmann::json::parse(ValueOf(message), nullptr, false);
    if (!value.is_object() || value.value("epoch", std::int64_t{0}) < info.epoch) return;
    info.epoch = value.value("epoch", std::int64_t{0});
    info.dedupe_window_ms = value.value("dedupe_window_ms", std::int64_t{0});
  });
  if (info.epoch <= 0 || info.dedupe_window_ms <= 0) {
    throw std::runtime_error("parley-meta has no record `log`");
  }
  return info;
}

// A record is a duplicate iff an earlier one of the same publish lies within the window and it is
// marked or was held, or lies so near that a producer may have repeated it by itself.
bool Repeats(const std::vector<StoredCopy>& earlier, const StoredCopy& copy,
             std::int64_t window_ms) {
  return std::ranges::any_of(earlier, [&](const StoredCopy& one) {
    const std::int64_t age = copy.time_ms - one.time_ms;
    return copy.marked || copy.held ? age <= window_ms : age <= kLateMs;
  });
}

}  // namespace

LogDump DumpLog(const std::string& brokers) {
  const LogInfo info = ReadInfo(brokers);
  LogDump dump;
  v1::ChatRecord record;
  std::unordered_map<std::string, std::size_t> shown;  // Where in `visible`, by id.
  ReadTopic(brokers, "chatting", [&](const rd_kafka_message_t& message) {
    ++dump.records;
    const std::string channel(KeyOf(message));
    if (!record.ParseFromArray(message.payload, static_cast<int>(message.len))) {
      ++dump.unreadable;
      return;
    }
    rd_kafka_timestamp_type_t type{};
    StoredCopy copy{message.partition, message.offset, rd_kafka_message_timestamp(&message, &type),
                    Header(message, "parley-retry") == "1"};
    copy.held =
        record.accepted_at_us() > 0 && copy.time_ms - record.accepted_at_us() / 1000 > kHeldMs;
    // Clients give an id to one message only, so channel and sender are the same.
    std::vector<StoredCopy>& copies = dump.copies[record.id()];
    copy.shown = !Repeats(copies, copy, info.dedupe_window_ms);
    copies.push_back(copy);
    dump.repeated += !copy.shown;
    std::string position =
        EncodeToken({info.epoch, message.partition, message.offset}, ChannelName(channel));
    if (copy.shown) {
      shown[record.id()] = dump.visible.size();
      dump.visible.push_back({channel, record.id(), record.sender(), std::move(position)});
    } else {
      dump.visible[shown.at(record.id())].hidden.push_back(std::move(position));
    }
  });
  return dump;
}

}  // namespace parley::chaos
