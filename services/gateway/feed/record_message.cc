#include "services/gateway/feed/record_message.h"

#include <memory>
#include <utility>

#include "services/gateway/hub/delivered_message.h"

namespace parley::gateway {

MessagePtr MakeMessage(internal::v1::LinkRecord& record, LogEpoch epoch, Partition partition,
                       std::optional<Offset> previous) {
  ChatMessage message;
  message.channel = ChannelName(std::move(*record.mutable_channel()));
  message.id = MessageId(std::move(*record.mutable_id()));
  message.sender = UserId(std::move(*record.mutable_sender()));
  message.content = std::move(*record.mutable_content());
  message.accepted_at_us = record.accepted_at_us();
  message.headers.reserve(static_cast<std::size_t>(record.headers_size()));
  for (internal::v1::Header& header : *record.mutable_headers()) {
    message.headers.push_back(
        {std::move(*header.mutable_name()), std::move(*header.mutable_value())});
  }
  const Position position{epoch, partition, record.offset()};
  return std::make_shared<const DeliveredMessage>(std::move(message), position, previous,
                                                  record.time_ms());
}

}  // namespace parley::gateway
