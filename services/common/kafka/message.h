#pragma once

#include <string>

#include "services/common/chat_record.h"
#include "services/common/ids.h"
#include "services/common/kafka/handle.h"

namespace parley::kafka {

// What a consumer's queue hands out: a record, or news of a partition or of the client.
class Message final {
 public:
  enum class Kind {
    kRecord,
    kEndOfPartition,  // Only where it was asked for; `offset` is the end.
    // The offset asked for is not in the log (retention, or another log). Nothing more comes of
    // this partition until it is started again.
    kOutOfRange,
    kTransient,  // The client goes on trying by itself.
    kFatal,      // This client is of no more use.
  };

  explicit Message(MessagePtr message) : message_(std::move(message)) {}

  Kind kind() const;
  Partition partition() const { return message_->partition; }
  Offset offset() const { return message_->offset; }
  // For people; empty for a record.
  std::string error() const;

  // For a record: its parts, as views that live as long as this message.
  RawRecord raw() const;

 private:
  MessagePtr message_;
};

}  // namespace parley::kafka
