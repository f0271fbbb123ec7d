#include <chrono>
#include <memory>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "cli/health/health_answer.h"
#include "client/connection.h"
#include "grpc/health/v1/health.pb.h"

namespace parley::cli {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

}  // namespace

HealthAnswer AskGrpc(const std::string& server, Duration timeout) {
  const std::shared_ptr<grpc::Channel> channel = client::MakeChannel(server);
  if (!client::WaitUntilConnected(*channel, timeout)) return {false, "cannot connect"};

  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::milliseconds>(timeout));
  grpc::CompletionQueue queue;
  grpc::TemplatedGenericStub<HealthCheckRequest, HealthCheckResponse> stub(channel);
  const auto call =
      stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", HealthCheckRequest(), &queue);
  HealthCheckResponse response;
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);  // The context's deadline bounds it.
  queue.Shutdown();

  if (!status.ok()) return {false, status.error_message()};
  if (response.status() == HealthCheckResponse::SERVING) return {true, {}};
  return {false, "it says " + HealthCheckResponse::ServingStatus_Name(response.status())};
}

}  // namespace parley::cli
