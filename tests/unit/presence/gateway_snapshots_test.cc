#include "services/presence/snapshots/gateway_snapshots.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/support/slice.h>

#include "services/common/rpc/server.h"

namespace parley::presence {
namespace {

using Outcome = SnapshotAnswer::Outcome;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{30};

// A gateway that sends what it is told to, whatever that is.
class Pages final : public rpc::CallHandler {
 public:
  using Next = std::function<std::optional<std::string>(int page)>;  // Nothing is the end.

  Pages(rpc::ServerCall& call, Next next) : call_(call), next_(std::move(next)) { call_.Read(); }
  void OnMessage(rpc::Bytes) override { Send(); }
  void OnWritten() override { Send(); }

 private:
  void Send() {
    const std::optional<std::string> page = next_(page_++);
    if (!page) return call_.Finish(grpc::Status::OK);
    const grpc::Slice slice(*page);
    call_.Write(rpc::Bytes(&slice, 1));
  }

  rpc::ServerCall& call_;
  const Next next_;
  int page_ = 0;
};

class GatewaySnapshotsTest : public testing::Test {
 protected:
  ~GatewaySnapshotsTest() override {
    loop_.Run([this] { snapshots_.reset(); });
    server_.Stop(Duration::zero());
  }

  void Serve(Pages::Next next) {
    server_.Handle("/parley.internal.v1.Sessions/Snapshot",
                   [next](rpc::ServerCall& call) { return std::make_unique<Pages>(call, next); });
    server_.Start();
  }
  SnapshotAnswer Ask(const GatewaySnapshotsConfig& config = {}) {
    std::promise<SnapshotAnswer> promise;
    std::future<SnapshotAnswer> answer = promise.get_future();
    loop_.Run([&] {
      if (!snapshots_) {
        snapshots_.emplace(config, loop_, [this](const SnapshotAnswer& given) { done_(given); });
      }
      done_ = [&promise](const SnapshotAnswer& given) { promise.set_value(given); };
      snapshots_->Ask(
          {.server = ServerId("one"), .epoch = 7, .question = 3, .address = server_.address()});
    });
    if (answer.wait_for(kPatience) == std::future_status::ready) return answer.get();
    ADD_FAILURE() << "no answer";
    loop_.Run([this] { snapshots_.reset(); });
    return {};
  }

  rpc::Server server_{{}};
  rpc::Loop loop_{"test"};
  std::optional<GatewaySnapshots> snapshots_;
  std::function<void(const SnapshotAnswer&)> done_;
};

TEST_F(GatewaySnapshotsTest, PagesComeInOrder) {
  Serve([](int page) { return page < 3 ? std::optional(std::to_string(page)) : std::nullopt; });
  const SnapshotAnswer answer = Ask();
  EXPECT_EQ(answer.outcome, Outcome::kGiven);
  EXPECT_EQ(answer.server.value(), "one");
  EXPECT_EQ(answer.epoch, 7);
  EXPECT_EQ(answer.question, 3U);
  EXPECT_EQ(answer.pages, (std::vector<std::string>{"0", "1", "2"}));
}

TEST_F(GatewaySnapshotsTest, GatewayThatKnowsNoSnapshotsSaysSo) {
  server_.Start();
  EXPECT_EQ(Ask().outcome, Outcome::kUnsupported);
}

TEST_F(GatewaySnapshotsTest, GatewayThatGoesOnForEverIsGivenUp) {
  Serve([](int) { return ""; });
  EXPECT_EQ(Ask({.time_max = milliseconds(50)}).outcome, Outcome::kFailed);
}

TEST_F(GatewaySnapshotsTest, EmptyPagesCount) {
  Serve([](int) { return ""; });
  EXPECT_EQ(Ask({.time_max = kPatience * 2, .bytes_max = 10'000}).outcome, Outcome::kFailed);
}

TEST_F(GatewaySnapshotsTest, BytesAreLimitedAndComeBack) {
  int size = 600;
  Serve([&size](int page) {
    return page < 2 ? std::optional(std::string(static_cast<std::size_t>(size), 'x'))
                    : std::nullopt;
  });
  EXPECT_EQ(Ask({.bytes_max = 1'000}).outcome, Outcome::kFailed);
  size = 300;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask().outcome, Outcome::kGiven);
}

TEST_F(GatewaySnapshotsTest, SilentGatewayIsGivenUp) {
  class Silent final : public rpc::CallHandler {
   public:
    explicit Silent(rpc::ServerCall& call) { call.Read(); }
    void OnMessage(rpc::Bytes) override {}
  };
  server_.Handle("/parley.internal.v1.Sessions/Snapshot",
                 [](rpc::ServerCall& call) { return std::make_unique<Silent>(call); });
  server_.Start();
  EXPECT_EQ(Ask({.silence_max = milliseconds(50)}).outcome, Outcome::kFailed);
}

}  // namespace
}  // namespace parley::presence
