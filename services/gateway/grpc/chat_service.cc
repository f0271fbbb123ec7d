#include "services/gateway/grpc/chat_service.h"

#include <algorithm>

#include "parley/v1/chat.pb.h"
#include "services/gateway/grpc/unary_answers.h"

namespace parley::gateway {
namespace {

// A call that came before there is a loop for it, or after.
class RefusedCall final : public rpc::CallHandler {
 public:
  RefusedCall(rpc::ServerCall& call, const Refusal& refusal) { FinishWith(call, refusal); }
  void OnMessage(rpc::Bytes) override {}
};

}  // namespace

ChatService::ChatService(rpc::Server& server, const SessionLoops& loops, RosterPort& roster,
                         const ConnectConfig& config, Admission& admission)
    : loops_(loops), roster_(roster), config_(config), admission_(admission) {
  server.DescribedIn(*v1::Hello::descriptor()->file());
  server.Handle("/parley.v1.Chat/Connect", [this](rpc::ServerCall& call) { return Connect(call); });
  HandleUnary<edge::v1::PublishRequest, edge::v1::PublishResponse>(server, "Publish",
                                                                   AnswerPublish);
  HandleUnary<edge::v1::HistoryRequest, edge::v1::HistoryResponse>(server, "History",
                                                                   AnswerHistory);
  HandleUnary<edge::v1::ListChannelsRequest, edge::v1::ListChannelsResponse>(
      server, "ListChannels", [this](SessionLoop& loop, const auto& request, auto done) {
        AnswerListChannels(loop, roster_, request, std::move(done));
      });
  HandleUnary<edge::v1::MembersRequest, edge::v1::MembersResponse>(
      server, "Members", [this](SessionLoop& loop, const auto& request, auto done) {
        AnswerMembers(loop, roster_, request, std::move(done));
      });
}

ChatService::Handler ChatService::Connect(rpc::ServerCall& call) {
  if (const auto refusal = admission_.Pass()) return std::make_unique<RefusedCall>(call, *refusal);
  SessionLoop& loop = LoopOf(call);
  if (const auto refusal = admission_.Enter()) {
    loop.metrics().sessions.Refused(refusal->code);
    return std::make_unique<RefusedConnect>(call, *refusal, loop.native_encoding());
  }
  return std::make_unique<ConnectCall>(call, loop, config_, admission_);
}

template <class Request, class Reply, class Answer>
void ChatService::HandleUnary(rpc::Server& server, const char* method, Answer answer) {
  const auto factory = [this, answer](rpc::ServerCall& call) -> Handler {
    if (const auto refusal = admission_.Pass()) {
      return std::make_unique<RefusedCall>(call, *refusal);
    }
    return std::make_unique<UnaryCall<Request, Reply>>(
        call, [&loop = LoopOf(call), answer](const Request& request, UnaryDone<Reply> done) {
          answer(loop, request, std::move(done));
        });
  };
  server.Handle(std::string("/parley.v1.Chat/") + method, factory, rpc::MethodKind::kUnary);
}

SessionLoop& ChatService::LoopOf(rpc::ServerCall& call) const {
  const auto found = std::find_if(loops_.begin(), loops_.end(),
                                  [&](const auto& loop) { return &loop->loop() == &call.loop(); });
  return **found;
}

}  // namespace parley::gateway
