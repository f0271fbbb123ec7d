#include "services/common/kafka/pending_record.h"

#include <algorithm>
#include <array>

#include "services/common/chat_record.h"

namespace parley::kafka {
namespace {

HeadersPtr ToHeaders(const OutgoingRecord& record) {
  HeadersPtr headers(rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  return headers;
}

}  // namespace

rd_kafka_resp_err_t Send(rd_kafka_t* client, rd_kafka_topic_t* topic, PendingRecord& pending) {
  OutgoingRecord& record = pending.record;
  HeadersPtr headers = ToHeaders(record);
  std::array<rd_kafka_vu_t, 6> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = topic;
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = record.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_KEY;
  parts[2].u.mem = {record.key.data(), record.key.size()};
  parts[3].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[3].u.mem = {record.value.data(), record.value.size()};
  parts[4].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[4].u.headers = headers.get();
  parts[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[5].u.ptr = &pending;
  const ErrorPtr error(rd_kafka_produceva(client, parts.data(), parts.size()));
  if (error) return rd_kafka_error_code(error.get());
  // The message has taken the headers over.
  static_cast<void>(headers.release());
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

Delivery ToDelivery(const rd_kafka_message_t& report, const PendingRecord& pending) {
  const rd_kafka_msg_status_t status = rd_kafka_message_status(&report);
  if (report.err == RD_KAFKA_RESP_ERR_NO_ERROR || status == RD_KAFKA_MSG_STATUS_PERSISTED) {
    // What no broker says is librdkafka's guess, and may be wrong (docs/adr/0014).
    if (report.offset >= 0) return {StoreOutcome::kStored, report.offset, {}};
    return {StoreOutcome::kUnknown, -1, "no broker said where the record is"};
  }
  const bool never_sent = status == RD_KAFKA_MSG_STATUS_NOT_PERSISTED && !pending.maybe_stored;
  return {never_sent ? StoreOutcome::kNotStored : StoreOutcome::kUnknown, -1,
          rd_kafka_err2str(report.err)};
}

void MarkRepeated(OutgoingRecord& record) {
  const bool marked = std::ranges::any_of(
      record.headers, [](const auto& header) { return header.first == kRetryHeader; });
  if (!marked) record.headers.emplace_back(kRetryHeader, "1");
}

}  // namespace parley::kafka
