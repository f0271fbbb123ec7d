#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/sync_stream.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "parley/edge/v1/chat.pb.h"
#include "tests/integration/member.h"

namespace parley::test {

struct UnaryAnswer {
  grpc::Status status;
  std::string parley_error;  // The trailer; empty when there was none.
};

// A unary call whose text fields may hold any bytes, as a hostile client sends them.
template <class Reply, class Request>
UnaryAnswer CallUnary(const std::string& address, const std::string& method,
                      const Request& request) {
  const std::shared_ptr<grpc::Channel> channel = Dial(address);
  const grpc::internal::RpcMethod rpc(method.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  Reply reply;
  UnaryAnswer answer;
  answer.status = grpc::internal::BlockingUnaryCall<Request, Reply>(channel.get(), rpc, &context,
                                                                    request, &reply);
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find("parley-error");
  if (found != trailers.end()) {
    answer.parley_error.assign(found->second.data(), found->second.size());
  }
  return answer;
}

// A stream on which any bytes can be sent.
class RawChat final {
 public:
  explicit RawChat(const std::string& address);
  ~RawChat();

  void Hello(const std::string& user);
  void Send(const edge::v1::ClientFrame& frame);
  void SendBytes(const std::string& bytes);

  // The next event that answers `ref`; nothing when the stream ended before. Others are passed
  // over.
  std::optional<edge::v1::Event> NextWithRef(std::uint64_t ref);
  // Reads to the end of the stream.
  grpc::Status End();

 private:
  bool ReadFrame();

  std::shared_ptr<grpc::Channel> channel_;
  grpc::internal::RpcMethod method_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream_;
  std::deque<edge::v1::Event> events_;
};

}  // namespace parley::test
