#include "services/gateway/grpc/chat_service.h"

#include <memory>
#include <utility>

#include "parley/v1/chat.pb.h"
#include "services/gateway/grpc/connect_call.h"
#include "services/gateway/grpc/public_methods.h"
#include "services/gateway/grpc/unary_answers.h"

namespace parley::gateway {

ChatService::ChatService(rpc::Server& server, const SessionLoops& loops, RosterPort& roster,
                         const StreamConfig& config, Admission& admission)
    : config_(config) {
  server.DescribedIn(*v1::Hello::descriptor()->file());
  PublicMethods methods(server, loops, admission);
  methods.HandleStream(
      "/parley.v1.Chat/Connect",
      [this, &admission](rpc::ServerCall& call, SessionLoop& loop) {
        return std::make_unique<ConnectCall>(call, loop, config_, admission);
      },
      [](rpc::ServerCall& call, SessionLoop& loop, const Refusal& refusal) {
        return std::make_unique<RefusedConnect>(call, refusal, loop.native_encoding());
      });
  methods.HandleUnary<edge::v1::PublishRequest, edge::v1::PublishResponse>(
      "/parley.v1.Chat/Publish", AnswerPublish);
  methods.HandleUnary<edge::v1::HistoryRequest, edge::v1::HistoryResponse>(
      "/parley.v1.Chat/History", AnswerHistory);
  methods.HandleUnary<edge::v1::ListChannelsRequest, edge::v1::ListChannelsResponse>(
      "/parley.v1.Chat/ListChannels", [&roster](SessionLoop& loop, const auto& request, auto done) {
        AnswerListChannels(loop, roster, request, std::move(done));
      });
  methods.HandleUnary<edge::v1::MembersRequest, edge::v1::MembersResponse>(
      "/parley.v1.Chat/Members", [&roster](SessionLoop& loop, const auto& request, auto done) {
        AnswerMembers(loop, roster, request, std::move(done));
      });
}

}  // namespace parley::gateway
