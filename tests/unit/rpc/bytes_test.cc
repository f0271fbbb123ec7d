#include "services/common/rpc/bytes.h"

#include <string>
#include <vector>

#include <grpcpp/support/slice.h>
#include <gtest/gtest.h>

#include "grpc/health/v1/health.pb.h"

namespace parley::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;

TEST(BytesTest, DecodesWhatItEncodes) {
  for (const std::size_t size : {0u, 1u, 20u, 100u, 100'000u}) {
    HealthCheckRequest request;
    request.set_service(std::string(size, 'x'));
    const Bytes bytes = Encode(request);
    EXPECT_EQ(bytes.Length(), request.ByteSizeLong());
    HealthCheckRequest decoded;
    ASSERT_TRUE(Decode(bytes, decoded));
    EXPECT_TRUE(decoded.service() == request.service()) << size;
  }
}

TEST(BytesTest, DecodesMessageInManySlices) {
  HealthCheckRequest request;
  request.set_service(std::string(1000, 'y'));
  const std::string whole = request.SerializeAsString();
  std::vector<grpc::Slice> slices;
  for (std::size_t at = 0; at < whole.size(); at += 7) slices.emplace_back(whole.substr(at, 7));
  HealthCheckRequest decoded;
  ASSERT_TRUE(Decode(Bytes(slices.data(), slices.size()), decoded));
  EXPECT_TRUE(decoded.service() == request.service());
}

TEST(BytesTest, RefusesWhatIsNoMessage) {
  HealthCheckRequest decoded;
  const std::vector<grpc::Slice> truncated = {grpc::Slice("\x0a"), grpc::Slice("\x05"
                                                                               "abc")};
  EXPECT_FALSE(Decode(Bytes(truncated.data(), 1), decoded));
  EXPECT_FALSE(Decode(Bytes(truncated.data(), 2), decoded));
  const grpc::Slice bad_utf8(std::string("\x0a\x01\xff"));
  EXPECT_FALSE(Decode(Bytes(&bad_utf8, 1), decoded));
  EXPECT_FALSE(Decode(Bytes(), decoded));
}

}  // namespace
}  // namespace parley::rpc
