#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "parley/edge/v1/chat.pb.h"
#include "services/common/chat_record.h"

namespace parley::gateway {

// A publish as a client asked for it. Nothing in it is judged yet: see validate.h.
struct Draft {
  ChatMessage message;
  bool retry = false;
};

// `fields` is the stream's Publish or the unary PublishRequest: the same fields but for the sender.
template <class Fields>
[[nodiscard]] Draft MakeDraft(const Fields& fields, std::string sender,
                              std::chrono::microseconds accepted_at) {
  Draft draft;
  draft.message.channel = ChannelName(fields.channel());
  draft.message.id = MessageId(fields.id());
  draft.message.sender = UserId(std::move(sender));
  draft.message.content = fields.content();
  draft.message.accepted_at_us = accepted_at.count();
  for (const auto& header : fields.headers()) {
    draft.message.headers.push_back({header.name(), header.value()});
  }
  draft.retry = fields.retry();
  return draft;
}

}  // namespace parley::gateway
