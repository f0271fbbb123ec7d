#include "services/router/link/frame_bytes.h"

#include <string>
#include <utility>
#include <vector>

#include <grpcpp/support/slice.h>

namespace parley::router {
namespace {

// Below this a copy costs less than a slice of its own.
constexpr std::size_t kCopyBelow = 1024;

grpc::Slice SliceOf(const RecordRuns::Run& run) {
  const std::string_view bytes = run.deliver_bytes();
  // The slice's destructor gives the batch back. gRPC does not write to it, whatever the signature
  // says.
  void* data = const_cast<char*>(bytes.data());
  const auto release = [](void* batch) { delete static_cast<BatchPtr*>(batch); };
  return grpc::Slice(data, bytes.size(), release, new BatchPtr(run.batch));
}

}  // namespace

rpc::Bytes ToBytes(Frame frame) {
  std::vector<grpc::Slice> slices;
  std::string small = std::move(frame.head);
  for (const RecordRuns::Run& run : frame.records.runs()) {
    const std::string_view bytes = run.deliver_bytes();
    if (bytes.size() < kCopyBelow) {
      small += bytes;
      continue;
    }
    if (!small.empty()) slices.emplace_back(small);
    small.clear();
    slices.push_back(SliceOf(run));
  }
  if (!small.empty() || slices.empty()) slices.emplace_back(small);
  return rpc::Bytes(slices.data(), slices.size());
}

}  // namespace parley::router
