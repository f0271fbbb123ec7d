#include "services/gateway/presence/snapshot_service.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "parley/internal/v1/sessions.pb.h"
#include "tests/unit/rpc/test_call.h"

namespace parley::gateway {
namespace {

using internal::v1::SessionsPage;

// Two parts of one session each; the gateway's revision grows between them.
std::optional<SessionsPart> TwoParts(const SessionId& after) {
  const bool first = after.empty();
  SessionsPart part{ServerId("one"), 7, first ? 5U : 9U, {}};
  const std::string id = first ? "a" : "b";
  part.told.sessions.push_back({SessionId(id), UserId("bob"), {ChannelName("general")}});
  if (first) part.told.next_after = SessionId(id);
  return part;
}

class SnapshotServiceTest : public testing::Test {
 protected:
  ~SnapshotServiceTest() override {
    worker_.Stop();
    server_.Stop(Duration::zero());
  }

  void Open(SnapshotServiceConfig config = {}) {
    service_.emplace(config, server_, worker_);
    server_.Start();
  }
  std::unique_ptr<rpc::TestCall> Call() {
    auto call = std::make_unique<rpc::TestCall>(client_, rpc::Connect(server_.address()),
                                                "/parley.internal.v1.Sessions/Snapshot");
    EXPECT_EQ(call->events.Next(), "started");
    return call;
  }
  static SessionsPage PageOf(const std::string& event) {
    const std::string message = "message ";
    SessionsPage page;
    EXPECT_TRUE(event.starts_with(message) && page.ParseFromString(event.substr(message.size())))
        << event;
    return page;
  }

  rpc::Server server_{{}};
  rpc::Loop worker_{"worker"};
  rpc::Loop client_{"client"};
  std::optional<SnapshotService> service_;
};

TEST_F(SnapshotServiceTest, AllPartsHaveTheRevisionOfTheFirst) {
  Open();
  service_->Serve(TwoParts);
  const auto call = Call();
  call->Write("");
  for (const char* const session : {"a", "b"}) {
    const SessionsPage page = PageOf(call->events.Next());
    EXPECT_EQ(page.revision(), 5U);
    ASSERT_EQ(page.sessions_size(), 1);
    EXPECT_EQ(page.sessions(0).session_id(), session);
  }
  EXPECT_EQ(call->events.Next(), "done 0");
}

TEST_F(SnapshotServiceTest, BeforeTheStartAndAfterTheEndItIsUnavailable) {
  Open();
  const auto early = Call();
  early->Write("");
  EXPECT_EQ(early->events.Next(), "done 14 the gateway is starting or ending");
  service_->Serve(
      [](const SessionId& after) { return after.empty() ? TwoParts(after) : std::nullopt; });
  const auto late = Call();
  late->Write("");
  EXPECT_EQ(PageOf(late->events.Next()).sessions_size(), 1);
  EXPECT_EQ(late->events.Next(), "done 14 the gateway is starting or ending");
}

TEST_F(SnapshotServiceTest, MoreCallsThanItTakesAreRefused) {
  Open({.calls_max = 1});
  service_->Serve(TwoParts);
  const auto first = Call();
  first->Write("");
  EXPECT_EQ(PageOf(first->events.Next()).sessions_size(), 1);
  EXPECT_EQ(PageOf(first->events.Next()).sessions_size(), 1);
  EXPECT_EQ(first->events.Next(), "done 0");
  const auto idle = Call();
  // The server has seen it when it answers the next one.
  std::string answer;
  for (int attempt = 0; attempt < 1'000 && !answer.starts_with("done 8"); ++attempt) {
    const auto refused = Call();
    refused->Write("");
    do {
      answer = refused->events.Next();
    } while (answer.starts_with("message"));
  }
  EXPECT_EQ(answer, "done 8 too many ask for snapshots; ask again");
}

TEST_F(SnapshotServiceTest, WhoDoesNotAskInTimeIsCancelled) {
  Open({.call_max = std::chrono::milliseconds(20)});
  service_->Serve(TwoParts);
  const auto call = Call();
  EXPECT_TRUE(call->events.Next().starts_with("done 1 "));
}

}  // namespace
}  // namespace parley::gateway
