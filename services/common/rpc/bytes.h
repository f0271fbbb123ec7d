#pragma once

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

namespace parley::rpc {

// A message as it is on the wire.
using Bytes = grpc::ByteBuffer;

[[nodiscard]] Bytes Encode(const google::protobuf::MessageLite& message);

// False when the bytes are not such a message.
[[nodiscard]] bool Decode(const Bytes& bytes, google::protobuf::MessageLite& message);

}  // namespace parley::rpc
