#include "services/router/link/frame_bytes.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/support/slice.h>

#include "services/common/rpc/bytes.h"
#include "tests/fakes/router/fake_routers.h"
#include "tests/fakes/router/fake_topic.h"

namespace parley::router {
namespace {

TEST(FrameBytesTest, LongRunsAreSharedAndShortOnesCopied) {
  FakeTopic topic(1);
  for (int i = 0; i < 100; ++i) topic.AppendMessage("a", std::to_string(i), false, i);
  const BatchPtr batch = topic.Read(0, 0, 100);
  RecordRuns records;
  for (std::uint32_t i = 0; i < 100; ++i) {
    if (i < 50 || i % 2 == 0) records.Add(batch, i);
  }
  const Frame frame = DeliverFrame(0, 1, -1, 99, records);
  const internal::v1::RouterFrame expected = Decode(frame);

  rpc::Bytes bytes = ToBytes(frame);
  std::vector<grpc::Slice> slices;
  ASSERT_TRUE(bytes.Dump(&slices).ok());
  // The head, the run of fifty, and the single ones in one piece.
  ASSERT_EQ(slices.size(), 3U);
  EXPECT_EQ(reinterpret_cast<const char*>(slices[1].begin()), batch->deliver_bytes(0, 50).data());
  internal::v1::RouterFrame decoded;
  ASSERT_TRUE(rpc::Decode(bytes, decoded));
  EXPECT_EQ(decoded.SerializeAsString(), expected.SerializeAsString());
}

TEST(FrameBytesTest, ABatchLivesAsLongAsTheBytesThatShareIt) {
  FakeTopic topic(1);
  for (int i = 0; i < 100; ++i) topic.AppendMessage("a", std::to_string(i), false, i);
  BatchPtr batch = topic.Read(0, 0, 100);
  const std::weak_ptr<const RecordBatch> watched = batch;
  RecordRuns records;
  for (std::uint32_t i = 0; i < 100; ++i) records.Add(batch, i);
  batch.reset();
  rpc::Bytes bytes = ToBytes(DeliverFrame(0, 1, -1, 99, std::move(records)));
  EXPECT_FALSE(watched.expired());
  bytes.Clear();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace parley::router
