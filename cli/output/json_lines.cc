#include "cli/output/json_lines.h"

#include <nlohmann/json.hpp>

#include "cli/output/time_text.h"

namespace parley::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& object, bool for_terminal) {
  return object.dump(-1, ' ', for_terminal, Json::error_handler_t::replace);
}

Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

const char* NameOf(client::Outcome outcome) {
  switch (outcome) {
    case client::Outcome::kStored:
      return "stored";
    case client::Outcome::kNotStored:
      return "not_stored";
    case client::Outcome::kUnknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace

std::string JsonLines::Of(const client::Message& message) const {
  Json headers = Json::object();
  for (const MessageHeader& header : message.headers) headers[header.name] = header.value;
  return Dump({{"channel", message.channel.value()},
               {"id", message.id.value()},
               {"sender", message.sender.value()},
               {"content", message.content},
               {"time", UtcTime(message.time_ms)},
               {"position", message.position.value()},
               {"previous", OrNull(message.previous.value())},
               {"headers", headers}},
              for_terminal_);
}

std::string JsonLines::Of(const client::PublishResult& result) const {
  const bool is_stored = result.outcome == client::Outcome::kStored;
  return Dump({{"outcome", NameOf(result.outcome)},
               {"id", result.id.value()},
               {"channel", result.channel.value()},
               {"position", OrNull(result.position.value())},
               {"error", OrNull(result.error.code)},
               {"message", OrNull(result.error.message)},
               {"retryable", !is_stored && result.error.retryable()}},
              for_terminal_);
}

std::string JsonLines::Of(const client::Member& member) const {
  return Dump({{"user", member.user.value()}, {"sessions", member.sessions}}, for_terminal_);
}

std::string JsonLines::Of(const client::ChannelInfo& channel) const {
  return Dump({{"channel", channel.channel.value()}, {"members", channel.members}}, for_terminal_);
}

std::string JsonLines::Of(const ListedGateway& gateway) const {
  return Dump({{"id", gateway.id},
               {"epoch", gateway.epoch},
               {"grpc_address", gateway.grpc_address},
               {"link_address", gateway.link_address},
               {"draining", gateway.draining},
               {"sessions", gateway.sessions}},
              for_terminal_);
}

}  // namespace parley::cli
