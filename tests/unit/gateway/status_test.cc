#include "services/gateway/grpc/status.h"

#include <gtest/gtest.h>

namespace parley::gateway {
namespace {

// The comments of chat.proto promise these.
TEST(StatusTest, EachErrorHasTheStatusOfTheTable) {
  using grpc::StatusCode;
  const std::pair<edge::v1::ErrorCode, StatusCode> table[] = {
      {edge::v1::ERROR_DRAINING, StatusCode::UNAVAILABLE},
      {edge::v1::ERROR_SLOW_READER, StatusCode::RESOURCE_EXHAUSTED},
      {edge::v1::ERROR_UNAVAILABLE, StatusCode::UNAVAILABLE},
      {edge::v1::ERROR_OUTCOME_UNKNOWN, StatusCode::UNKNOWN},
      {edge::v1::ERROR_BUSY, StatusCode::RESOURCE_EXHAUSTED},
      {edge::v1::ERROR_JOIN_TIMEOUT, StatusCode::DEADLINE_EXCEEDED},
      {edge::v1::ERROR_FULL, StatusCode::RESOURCE_EXHAUSTED},
      {edge::v1::ERROR_HELLO_TIMEOUT, StatusCode::DEADLINE_EXCEEDED},
      {edge::v1::ERROR_MALFORMED, StatusCode::INVALID_ARGUMENT},
      {edge::v1::ERROR_INVALID_CHANNEL, StatusCode::INVALID_ARGUMENT},
      {edge::v1::ERROR_INVALID_USER, StatusCode::INVALID_ARGUMENT},
      {edge::v1::ERROR_INVALID_ID, StatusCode::INVALID_ARGUMENT},
      {edge::v1::ERROR_INVALID_CONTENT, StatusCode::INVALID_ARGUMENT},
      {edge::v1::ERROR_CONTENT_TOO_LARGE, StatusCode::INVALID_ARGUMENT},
      {edge::v1::ERROR_INVALID_HEADERS, StatusCode::INVALID_ARGUMENT},
      {edge::v1::ERROR_INVALID_POSITION, StatusCode::INVALID_ARGUMENT},
      {edge::v1::ERROR_HELLO_REQUIRED, StatusCode::FAILED_PRECONDITION},
      {edge::v1::ERROR_HELLO_REPEATED, StatusCode::FAILED_PRECONDITION},
      {edge::v1::ERROR_FORBIDDEN, StatusCode::PERMISSION_DENIED},
      {edge::v1::ERROR_TOO_MANY_CHANNELS, StatusCode::RESOURCE_EXHAUSTED},
      {edge::v1::ERROR_WRONG_MEMBERSHIP, StatusCode::FAILED_PRECONDITION},
  };
  for (const auto& [code, status] : table) {
    EXPECT_EQ(StatusCodeOf(code), status) << edge::v1::ErrorCode_Name(code);
  }
  EXPECT_EQ(std::size(table) + 1,
            static_cast<std::size_t>(edge::v1::ErrorCode_descriptor()->value_count()))
      << "an error is missing here";
}

}  // namespace
}  // namespace parley::gateway
