#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/rpc_method.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/sync_stream.h>

#include "parley/edge/v1/chat.pb.h"

namespace parley::gateway {

// A client of `parley.v1.Chat` whose text is bytes, so that it can send what no proper client
// would.

inline std::string MethodName(const std::string& method) { return "/parley.v1.Chat/" + method; }

// The error that the trailer names; empty when there is none.
inline std::string ErrorTrailer(const grpc::ClientContext& context) {
  const auto& trailers = context.GetServerTrailingMetadata();
  const auto found = trailers.find("parley-error");
  return found == trailers.end() ? "" : std::string(found->second.data(), found->second.size());
}

struct UnaryResult {
  grpc::Status status;
  std::string error;
};

template <class Request, class Reply>
UnaryResult CallUnaryMethod(const std::shared_ptr<grpc::Channel>& channel,
                            const std::string& method, const Request& request, Reply& reply) {
  grpc::ClientContext context;
  const std::string path = MethodName(method);
  const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
  UnaryResult result;
  result.status = grpc::internal::BlockingUnaryCall<Request, Reply>(channel.get(), rpc, &context,
                                                                    request, &reply);
  result.error = ErrorTrailer(context);
  return result;
}

// `Frame` is edge::v1::ClientFrame, or grpc::ByteBuffer to send anything at all.
template <class Frame>
class WireStream {
 public:
  explicit WireStream(const std::shared_ptr<grpc::Channel>& channel)
      : channel_(channel),
        stream_(grpc::internal::ClientReaderWriterFactory<Frame, edge::v1::ServerFrame>::Create(
            channel.get(), method_, &context_)) {}

  // False once the stream is over.
  bool Send(const Frame& frame) { return stream_->Write(frame); }
  void HalfClose() { stream_->WritesDone(); }

  // The next event; nothing at the end of the stream.
  std::optional<edge::v1::Event> Next() {
    while (next_ == frame_.events_size()) {
      next_ = 0;
      if (!stream_->Read(&frame_)) return std::nullopt;
    }
    return frame_.events(next_++);
  }

  // Reads what is left, and how it ended.
  UnaryResult Finish() {
    while (Next()) continue;
    UnaryResult result;
    result.status = stream_->Finish();
    result.error = ErrorTrailer(context_);
    return result;
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::string path_ = MethodName("Connect");
  const grpc::internal::RpcMethod method_{path_.c_str(), grpc::internal::RpcMethod::BIDI_STREAMING};
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<Frame, edge::v1::ServerFrame>> stream_;
  edge::v1::ServerFrame frame_;
  int next_ = 0;
};

}  // namespace parley::gateway
