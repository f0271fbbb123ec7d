#include "cli/presence/gateway_list.h"

#include <chrono>
#include <memory>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "client/connection.h"
#include "parley/internal/v1/registry.pb.h"

namespace parley::cli {
namespace {

using internal::v1::ServersUpdate;
using internal::v1::WatchServersRequest;

// The one operation that is under way. The context's deadline bounds it.
bool Await(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

std::vector<ListedGateway> GatewaysOf(const ServersUpdate& update) {
  std::vector<ListedGateway> gateways;
  for (const auto& server : update.up()) {
    gateways.push_back({server.id(), server.epoch(), server.grpc_address(), server.link_address(),
                        server.draining(), server.sessions()});
  }
  return gateways;
}

}  // namespace

GatewayList ListGateways(const std::string& presence, Duration timeout) {
  GatewayList list;
  const std::shared_ptr<grpc::Channel> channel = client::MakeChannel(presence);
  list.connected = client::WaitUntilConnected(*channel, timeout);
  if (!list.connected) {
    list.reason = "cannot connect";
    return list;
  }
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::milliseconds>(timeout));
  grpc::CompletionQueue queue;
  grpc::TemplatedGenericStub<WatchServersRequest, ServersUpdate> stub(channel);
  const auto call = stub.PrepareCall(&context, "/parley.internal.v1.Registry/Watch", &queue);
  ServersUpdate update;
  grpc::Status status;
  call->StartCall(nullptr);
  bool alive = Await(queue);
  if (alive) {
    call->Write(WatchServersRequest(), nullptr);
    alive = Await(queue);
  }
  if (alive) {
    call->Read(&update, nullptr);
    if (Await(queue)) list.gateways = GatewaysOf(update);
  }
  // The watch goes on for ever.
  if (list.gateways) context.TryCancel();
  call->Finish(&status, nullptr);
  Await(queue);
  queue.Shutdown();
  if (!list.gateways) list.reason = status.error_message();
  return list;
}

}  // namespace parley::cli
