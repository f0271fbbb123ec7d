#include "services/router/feed/frame.h"

#include <utility>

#include "services/router/tail/wire.h"

namespace parley::router {
namespace {

using internal::v1::Deliver;
using internal::v1::ReadAnswer;
using internal::v1::RouterFrame;

}  // namespace

Frame ControlFrame(const RouterFrame& frame) { return {frame.SerializeAsString(), {}}; }

Frame DeliverFrame(Partition partition, std::uint64_t serve, Offset from, Offset through,
                   RecordRuns records) {
  std::string fields;
  wire::AppendNumber(fields, Deliver::kPartitionFieldNumber, partition);
  wire::AppendNumber(fields, Deliver::kServeFieldNumber, static_cast<std::int64_t>(serve));
  wire::AppendNumber(fields, Deliver::kFromFieldNumber, from);
  wire::AppendNumber(fields, Deliver::kThroughFieldNumber, through);
  Frame frame;
  wire::AppendHead(frame.head, RouterFrame::kDeliverFieldNumber, fields.size() + records.bytes());
  frame.head += fields;
  frame.records = std::move(records);
  return frame;
}

Frame PageFrame(const PageAnswer& answer) {
  ReadAnswer fields;
  fields.set_read(answer.read);
  fields.set_outcome(answer.outcome);
  fields.set_through(answer.through);
  fields.set_from(answer.from);
  fields.set_at_start(answer.at_start);
  fields.set_start(answer.start);
  std::string body = fields.SerializeAsString();
  body.reserve(body.size() + answer.records.bytes());
  for (const RecordRuns::Run& run : answer.records.runs()) {
    for (std::uint32_t entry = run.first; entry < run.last; ++entry) {
      // The same record under another field: only the tag, one byte, differs.
      body.push_back(static_cast<char>(ReadAnswer::kRecordsFieldNumber << 3 | 2));
      body += run.batch->deliver_bytes(entry, entry + 1).substr(1);
    }
  }
  Frame frame;
  wire::AppendHead(frame.head, RouterFrame::kReadFieldNumber, body.size());
  frame.head += body;
  return frame;
}

}  // namespace parley::router
