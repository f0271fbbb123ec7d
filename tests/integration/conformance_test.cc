#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "parley/v1/chat.pb.h"
#include "tests/conformance/cases.h"
#include "tests/integration/cluster.h"
#include "tests/integration/raw_chat.h"

namespace parley::test {
namespace {

using conformance::Case;
using conformance::Field;

// What the table in proto/parley/v1/chat.proto puts in brackets.
grpc::StatusCode StatusOf(edge::v1::ErrorCode code) {
  switch (code) {
    case edge::v1::ERROR_UNSPECIFIED:
      return grpc::StatusCode::OK;
    case edge::v1::ERROR_FORBIDDEN:
      return grpc::StatusCode::PERMISSION_DENIED;
    default:
      return grpc::StatusCode::INVALID_ARGUMENT;
  }
}

std::string NameOf(edge::v1::ErrorCode code) {
  return v1::ErrorCode_Name(static_cast<v1::ErrorCode>(code));
}

class ConformanceTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new Cluster(Cluster::Size{}); }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }

  static std::vector<Case> CasesOf(std::initializer_list<Field> fields) {
    std::vector<Case> chosen;
    for (const Case& tried : conformance::FieldCases()) {
      if (std::find(fields.begin(), fields.end(), tried.field) != fields.end()) {
        chosen.push_back(tried);
      }
    }
    return chosen;
  }

  // Channels to join, leave, read and ask about.
  static std::vector<Case> ChannelCases() {
    std::vector<Case> cases = CasesOf({Field::kChannel});
    for (const Case& personal : conformance::PersonalChannelCases()) cases.push_back(personal);
    return cases;
  }

  static std::vector<Case> PublishCases(std::initializer_list<Field> fields) {
    std::vector<Case> cases = CasesOf(fields);
    for (Case& personal : conformance::PersonalChannelCases()) {
      personal.expected = edge::v1::ERROR_UNSPECIFIED;
      cases.push_back(std::move(personal));
    }
    return cases;
  }

  template <class Reply, class Request>
  static void ExpectUnary(const std::string& method, const Request& request, const Case& tried) {
    const UnaryAnswer answer = CallUnary<Reply>(cluster_->Gateway(0), method, request);
    EXPECT_EQ(answer.status.error_code(), StatusOf(tried.expected))
        << method << ": " << tried.name << ": " << answer.status.error_message();
    const bool accepted = tried.expected == edge::v1::ERROR_UNSPECIFIED;
    EXPECT_EQ(answer.parley_error, accepted ? "" : NameOf(tried.expected))
        << method << ": " << tried.name;
  }

  // One stream for all cases: a refused frame is answered and the stream goes on.
  static void ExpectOnOneStream(const std::vector<Case>& cases,
                                const std::function<edge::v1::ClientFrame(const Case&)>& frame_of,
                                const std::function<bool(const edge::v1::Event&)>& is_accepted) {
    RawChat chat(cluster_->Gateway(0));
    chat.Hello("ann");
    std::uint64_t ref = 100;
    for (const Case& tried : cases) {
      edge::v1::ClientFrame frame = frame_of(tried);
      frame.set_ref(++ref);
      chat.Send(frame);
      const auto answer = chat.NextWithRef(ref);
      ASSERT_TRUE(answer) << tried.name << ": the stream ended";
      if (tried.expected == edge::v1::ERROR_UNSPECIFIED) {
        EXPECT_TRUE(is_accepted(*answer)) << tried.name << ": " << answer->DebugString();
      } else {
        EXPECT_EQ(answer->error().code(), tried.expected) << tried.name;
      }
    }
  }

  static Cluster* cluster_;
};

Cluster* ConformanceTest::cluster_ = nullptr;

TEST_F(ConformanceTest, UnaryPublish) {
  for (const Case& tried :
       PublishCases({Field::kChannel, Field::kUser, Field::kMessageId, Field::kContent,
                     Field::kHeaderName, Field::kHeaderValue})) {
    auto request = conformance::PublishOf<edge::v1::PublishRequest>(tried);
    request.set_user(tried.field == Field::kUser ? tried.bytes : "ann");
    ExpectUnary<edge::v1::PublishResponse>("/parley.v1.Chat/Publish", request, tried);
  }
}

TEST_F(ConformanceTest, UnaryHistory) {
  for (const Case& tried : ChannelCases()) {
    edge::v1::HistoryRequest request;
    request.set_channel(tried.bytes);
    ExpectUnary<edge::v1::HistoryResponse>("/parley.v1.Chat/History", request, tried);
  }
}

TEST_F(ConformanceTest, UnaryMembers) {
  for (const Case& tried : ChannelCases()) {
    edge::v1::MembersRequest request;
    request.set_channel(tried.bytes);
    ExpectUnary<edge::v1::MembersResponse>("/parley.v1.Chat/Members", request, tried);
  }
}

TEST_F(ConformanceTest, UnaryListChannels) {
  for (const Case& tried : CasesOf({Field::kChannel})) {
    edge::v1::ListChannelsRequest request;
    request.set_prefix(tried.bytes);
    Case expected = tried;
    // All names may be asked for, and whatever a name may begin with.
    const bool begins_a_name = tried.bytes.empty() || tried.bytes.starts_with('@');
    if (begins_a_name) expected.expected = edge::v1::ERROR_UNSPECIFIED;
    ExpectUnary<edge::v1::ListChannelsResponse>("/parley.v1.Chat/ListChannels", request, expected);
  }
}

TEST_F(ConformanceTest, StreamHello) {
  for (const Case& tried : CasesOf({Field::kUser})) {
    RawChat chat(cluster_->Gateway(0));
    edge::v1::ClientFrame frame;
    frame.set_ref(7);
    frame.mutable_hello()->set_user(tried.bytes);
    chat.Send(frame);
    const auto answer = chat.NextWithRef(7);
    ASSERT_TRUE(answer) << tried.name;
    if (tried.expected == edge::v1::ERROR_UNSPECIFIED) {
      EXPECT_TRUE(answer->has_welcome()) << tried.name;
    } else {
      EXPECT_EQ(answer->error().code(), tried.expected) << tried.name;
      EXPECT_EQ(chat.End().error_code(), StatusOf(tried.expected)) << tried.name;
    }
  }
}

TEST_F(ConformanceTest, StreamJoin) {
  ExpectOnOneStream(
      ChannelCases(),
      [](const Case& tried) {
        edge::v1::ClientFrame frame;
        frame.mutable_join()->set_channel(tried.bytes);
        return frame;
      },
      [](const edge::v1::Event& event) { return event.has_joined(); });
}

TEST_F(ConformanceTest, StreamLeave) {
  ExpectOnOneStream(
      ChannelCases(),
      [](const Case& tried) {
        edge::v1::ClientFrame frame;
        frame.mutable_leave()->set_channel(tried.bytes);
        return frame;
      },
      // A good name of a channel that the session is not in.
      [](const edge::v1::Event& event) {
        return event.error().code() == edge::v1::ERROR_WRONG_MEMBERSHIP;
      });
}

TEST_F(ConformanceTest, StreamPublish) {
  ExpectOnOneStream(
      PublishCases({Field::kChannel, Field::kMessageId, Field::kContent, Field::kHeaderName,
                    Field::kHeaderValue}),
      [](const Case& tried) {
        edge::v1::ClientFrame frame;
        *frame.mutable_publish() = conformance::PublishOf<edge::v1::Publish>(tried);
        return frame;
      },
      [](const edge::v1::Event& event) { return event.has_ack(); });
}

TEST_F(ConformanceTest, StreamReadHistory) {
  ExpectOnOneStream(
      ChannelCases(),
      [](const Case& tried) {
        edge::v1::ClientFrame frame;
        frame.mutable_read_history()->set_channel(tried.bytes);
        return frame;
      },
      [](const edge::v1::Event& event) { return event.has_history(); });
}

TEST_F(ConformanceTest, OnesOwnPersonalChannelIsJoinedAlreadyCannotBeLeftAndCanBeRead) {
  RawChat chat(cluster_->Gateway(0));
  chat.Hello("ann");
  edge::v1::ClientFrame join, leave, read;
  join.set_ref(2);
  join.mutable_join()->set_channel("@ann");
  leave.set_ref(3);
  leave.mutable_leave()->set_channel("@ann");
  read.set_ref(4);
  read.mutable_read_history()->set_channel("@ann");
  for (const auto& frame : {join, leave, read}) chat.Send(frame);
  EXPECT_EQ(chat.NextWithRef(2)->error().code(), edge::v1::ERROR_WRONG_MEMBERSHIP);
  EXPECT_EQ(chat.NextWithRef(3)->error().code(), edge::v1::ERROR_FORBIDDEN);
  EXPECT_TRUE(chat.NextWithRef(4)->has_history());
}

TEST_F(ConformanceTest, FramesBeforeHelloEndTheStream) {
  RawChat chat(cluster_->Gateway(0));
  edge::v1::ClientFrame frame;
  frame.set_ref(3);
  frame.mutable_join()->set_channel("general");
  chat.Send(frame);
  const auto answer = chat.NextWithRef(3);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code(), edge::v1::ERROR_HELLO_REQUIRED);
  EXPECT_EQ(chat.End().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(ConformanceTest, ASecondHelloEndsTheStream) {
  RawChat chat(cluster_->Gateway(0));
  chat.Hello("ann");
  edge::v1::ClientFrame frame;
  frame.set_ref(9);
  frame.mutable_hello()->set_user("bob");
  chat.Send(frame);
  const auto answer = chat.NextWithRef(9);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code(), edge::v1::ERROR_HELLO_REPEATED);
  EXPECT_EQ(chat.End().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(ConformanceTest, AnEmptyFrameIsAnsweredAndTheStreamGoesOn) {
  RawChat chat(cluster_->Gateway(0));
  chat.Hello("ann");
  edge::v1::ClientFrame empty;
  empty.set_ref(5);
  chat.Send(empty);
  const auto answer = chat.NextWithRef(5);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code(), edge::v1::ERROR_MALFORMED);
  edge::v1::ClientFrame ping;
  ping.set_ref(6);
  ping.mutable_ping();
  chat.Send(ping);
  const auto pong = chat.NextWithRef(6);
  ASSERT_TRUE(pong);
  EXPECT_TRUE(pong->has_pong());
}

TEST_F(ConformanceTest, BytesThatAreNoFrameEndTheStream) {
  RawChat chat(cluster_->Gateway(0));
  chat.Hello("ann");
  chat.SendBytes("\xff\xff\xff\xff");
  EXPECT_EQ(chat.End().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace parley::test
