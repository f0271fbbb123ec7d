#include "services/gateway/compat/compat_services.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <variant>

#include "compat/broadcast.pb.h"
#include "compat/chat_service.pb.h"
#include "compat/stream.pb.h"
#include "services/gateway/compat/foreign_call.h"
#include "services/gateway/grpc/public_methods.h"
#include "services/gateway/grpc/unary_answers.h"

namespace parley::gateway {
namespace {

// Foreign clients read one message per gRPC message.
StreamConfig OneMessageAWrite(StreamConfig config) {
  config.write_limits.events_max = 1;
  return config;
}

void AnswerForeignListChannels(SessionLoop& loop, RosterPort& roster,
                               UnaryDone<edge::chat::ListChannelsResponse> done) {
  edge::v1::ListChannelsRequest all;
  all.set_limit(std::numeric_limits<std::uint32_t>::max());
  AnswerListChannels(
      loop, roster, all,
      [done = std::move(done)](const UnaryOutcome<edge::v1::ListChannelsResponse>& outcome) {
        if (const Refusal* refusal = std::get_if<Refusal>(&outcome)) {
          done(*refusal);
          return;
        }
        edge::chat::ListChannelsResponse response;
        for (const auto& listed : std::get<edge::v1::ListChannelsResponse>(outcome).channels()) {
          response.add_channel_ids(listed.channel());
        }
        done(response);
      });
}

void AnswerBroadcastMessage(SessionLoop& loop, const std::string& channel,
                            const edge::chat::Message& message, UnaryDone<edge::chat::Close> done) {
  edge::v1::PublishRequest publish;
  publish.set_user(message.id());
  publish.set_channel(channel);
  publish.set_content(message.content());
  AnswerPublish(loop, publish,
                [done = std::move(done)](const UnaryOutcome<edge::v1::PublishResponse>& outcome) {
                  if (const Refusal* refusal = std::get_if<Refusal>(&outcome)) {
                    done(*refusal);
                  } else {
                    done(edge::chat::Close());
                  }
                });
}

// `arguments` are what the talk needs besides its conversation.
template <class Talk, class... Arguments>
void HandleTalk(PublicMethods& methods, const std::string& method, Admission& admission,
                const StreamConfig& config, const typename Talk::Encoding& encoding,
                const Arguments&... arguments) {
  methods.HandleStream(
      method,
      [&admission, &config, &encoding, arguments...](rpc::ServerCall& call, SessionLoop& loop) {
        return std::make_unique<ForeignCall<Talk>>(call, loop, encoding, config, admission,
                                                   arguments...);
      },
      [](rpc::ServerCall& call, SessionLoop&, const Refusal& refusal) {
        return std::make_unique<RefusedCall>(call, refusal);
      });
}

}  // namespace

CompatServices::CompatServices(rpc::Server& server, const SessionLoops& loops, RosterPort& roster,
                               const std::string& channel, const StreamConfig& config,
                               Admission& admission, prometheus::Counter& encodings)
    : config_(OneMessageAWrite(config)),
      chat_service_(encodings),
      broadcast_(encodings),
      chat_(encodings) {
  server.DescribedIn(*::chat::ChatMessage::descriptor()->file());
  server.DescribedIn(*::chat::Connect::descriptor()->file());
  server.DescribedIn(*::chat::ChatStream::descriptor()->file());
  PublicMethods methods(server, loops, admission);
  HandleTalk<ChatServiceTalk>(methods, "/chat.ChatService/ChatStream", admission, config_,
                              chat_service_);
  HandleTalk<BroadcastTalk>(methods, "/chat.Broadcast/CreateStream", admission, config_, broadcast_,
                            channel);
  HandleTalk<ChatTalk>(methods, "/chat.Chat/Stream", admission, config_, chat_, channel);
  methods.HandleUnary<edge::chat::ListChannelsRequest, edge::chat::ListChannelsResponse>(
      "/chat.ChatService/ListChannels", [&roster](SessionLoop& loop, const auto&, auto done) {
        AnswerForeignListChannels(loop, roster, std::move(done));
      });
  methods.HandleUnary<edge::chat::Message, edge::chat::Close>(
      "/chat.Broadcast/BroadcastMessage",
      [channel](SessionLoop& loop, const auto& message, auto done) {
        AnswerBroadcastMessage(loop, channel, message, std::move(done));
      });
}

}  // namespace parley::gateway
