#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include <grpcpp/support/slice.h>

namespace parley::gateway {

// Immutable, reference-counted bytes: one event in one encoding, shared by every outbox that holds
// it. The holder is gRPC's slice because an adapter can then put it on the wire without a copy;
// nothing else here knows gRPC.
class SharedBytes {
 public:
  SharedBytes() = default;
  explicit SharedBytes(const std::string& bytes) : slice_(bytes) {}

  std::size_t size() const { return slice_.size(); }
  const grpc::Slice& slice() const& { return slice_; }
  grpc::Slice slice() && { return std::move(slice_); }

 private:
  grpc::Slice slice_;
};

}  // namespace parley::gateway
