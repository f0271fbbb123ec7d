#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/common/ids.h"
#include "services/common/position.h"
#include "services/gateway/feed/router_sink.h"
#include "services/gateway/hub/delivered_message.h"
#include "services/gateway/hub/feed_port.h"

namespace parley::gateway {

// Keeps what the feed sends to routers.
class RecordingSink final : public RouterSink {
 public:
  void Send(LinkId link, const internal::v1::GatewayFrame& frame) override {
    sent.emplace_back(link, frame);
  }
  void Close(LinkId link, LinkEnd why) override {
    (why == LinkEnd::kReplaced ? replaced : displaced).push_back(link);
  }

  // What was sent since the last call, as one word and number each: "serve 3 to 1".
  std::vector<std::string> TakeWords() {
    std::vector<std::string> words;
    for (const auto& [link, frame] : std::exchange(sent, {})) {
      words.push_back(WordOf(frame) + " to " + std::to_string(static_cast<std::uint64_t>(link)));
    }
    return words;
  }

  std::vector<std::pair<LinkId, internal::v1::GatewayFrame>> sent;
  std::vector<LinkId> replaced;
  std::vector<LinkId> displaced;  // By a new log.

 private:
  static std::string WordOf(const internal::v1::GatewayFrame& frame) {
    if (frame.has_serve()) {
      const std::string cursor =
          frame.serve().has_cursor() ? std::to_string(frame.serve().cursor()) : "none";
      return "serve " + std::to_string(frame.serve().serve()) + " from " + cursor;
    }
    if (frame.has_stop()) return "stop " + std::to_string(frame.stop().serve());
    if (frame.has_add()) return "add " + frame.add().channel();
    if (frame.has_remove()) return "remove " + frame.remove().channel();
    if (frame.has_read()) return "read " + std::to_string(frame.read().read());
    return "?";
  }
};

// Keeps what the feed tells a hub, one line each.
class RecordingHub final : public HubInbox {
 public:
  void OnLog(const LogInfo& log) override {
    heard.push_back("log " + std::to_string(log.epoch) + " of " + std::to_string(log.partitions));
  }
  void OnAttached(const ChannelName& channel, Offset at) override {
    heard.push_back("attached " + channel.value() + " at " + std::to_string(at));
  }
  void OnAttachFailed(const ChannelName& channel) override {
    heard.push_back("failed " + channel.value());
  }
  void OnMessages(Partition, Offset through,
                  std::shared_ptr<const std::vector<MessagePtr>> messages) override {
    std::string line = "through " + std::to_string(through);
    for (const MessagePtr& message : *messages) {
      line += " " + message->message().channel.value() + "@" +
              std::to_string(message->position().offset);
      line += "<" + (message->previous() ? std::to_string(*message->previous()) : "?");
    }
    heard.push_back(line);
    batches.push_back(std::move(messages));
  }
  void OnLoss(const ChannelName& channel, Offset through) override {
    heard.push_back("lost " + channel.value() + " through " + std::to_string(through));
  }
  void OnPage(std::uint64_t request, Page page) override {
    heard.push_back("page " + std::to_string(request));
    pages.push_back(std::move(page));
  }

  std::vector<std::string> Take() { return std::exchange(heard, {}); }

  std::vector<std::string> heard;
  std::vector<std::shared_ptr<const std::vector<MessagePtr>>> batches;
  std::vector<Page> pages;
};

inline MessagePtr TestMessage(const std::string& channel, Offset offset,
                              std::size_t content_bytes = 1) {
  ChatMessage message;
  message.channel = ChannelName(channel);
  message.content = std::string(content_bytes, 'x');
  return std::make_shared<const DeliveredMessage>(std::move(message), Position{1, 0, offset},
                                                  std::nullopt, 0);
}

inline std::vector<Offset> OffsetsOf(const Page& page) {
  std::vector<Offset> offsets;
  for (const MessagePtr& message : page.messages) offsets.push_back(message->position().offset);
  return offsets;
}

}  // namespace parley::gateway
