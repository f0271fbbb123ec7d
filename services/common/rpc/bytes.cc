#include "services/common/rpc/bytes.h"

#include <cstdint>
#include <limits>

#include <grpc/support/log.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

namespace parley::rpc {

Bytes Encode(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  GPR_ASSERT(size <= std::numeric_limits<int>::max());
  grpc::Slice slice(size);
  // A new slice has one owner, who may fill it.
  message.SerializeWithCachedSizesToArray(const_cast<std::uint8_t*>(slice.begin()));
  return Bytes(&slice, 1);
}

bool Decode(const Bytes& bytes, google::protobuf::MessageLite& message) {
  if (!bytes.Valid() || bytes.Length() > std::numeric_limits<int>::max()) return false;
  if (grpc::Slice slice; bytes.TrySingleSlice(&slice).ok()) {
    return message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  }
  Bytes pieces = bytes;  // Refers to the same memory.
  grpc::ProtoBufferReader reader(&pieces);
  return message.ParseFromZeroCopyStream(&reader);
}

}  // namespace parley::rpc
