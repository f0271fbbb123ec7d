#include "services/common/kafka/message.h"

namespace parley::kafka {
namespace {

std::string_view View(const void* bytes, std::size_t size) {
  return {static_cast<const char*>(bytes), size};
}

}  // namespace

Message::Kind Message::kind() const {
  switch (message_->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return Kind::kRecord;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      return Kind::kEndOfPartition;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return Kind::kOutOfRange;
    case RD_KAFKA_RESP_ERR__FATAL:
      return Kind::kFatal;
    default:
      return Kind::kTransient;
  }
}

std::string Message::error() const {
  if (message_->err == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return rd_kafka_message_errstr(message_.get());
}

RawRecord Message::raw() const {
  RawRecord record;
  record.partition = message_->partition;
  record.offset = message_->offset;
  record.time_ms = rd_kafka_message_timestamp(message_.get(), nullptr);
  if (message_->key != nullptr) record.key = View(message_->key, message_->key_len);
  if (message_->payload != nullptr) record.value = View(message_->payload, message_->len);

  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message_.get(), &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return record;
  record.headers.reserve(rd_kafka_header_cnt(headers));
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record.headers.emplace_back(name, View(value, size));
  }
  return record;
}

}  // namespace parley::kafka
