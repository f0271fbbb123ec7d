// Calls that are opened, written to, finished, cancelled and let go of at random on both sides,
// while the server or the clients' loops stop. Which of the racing threads wins differs from run to
// run; the choices follow the seed.
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/common/rpc/client_call.h"
#include "services/common/rpc/server.h"
#include "tests/unit/rpc/test_call.h"

namespace parley::rpc {
namespace {

constexpr char kMethod[] = "/test.Test/Walk";

using Random = std::mt19937;

Bytes RandomMessage(Random& random) {
  const std::size_t sizes[] = {0, 1, 100, 10'000, 300'000};
  return ToBytes(std::string(sizes[random() % 5], 'x'));
}

struct Ledger {
  std::atomic<int> made = 0;
  std::atomic<int> over = 0;
  std::atomic<int> destroyed = 0;
  std::atomic<int> messages = 0;
};

class WalkHandler final : public CallHandler {
 public:
  WalkHandler(Ledger& ledger, ServerCall& call, unsigned seed)
      : ledger_(ledger), call_(call), random_(seed) {
    ++ledger_.made;
    if (random_() % 8 == 0) Act();
    if (!ending_) StartRead();
  }
  ~WalkHandler() override {
    EXPECT_TRUE(over_);
    ++ledger_.destroyed;
  }

  void OnMessage(Bytes) override {
    Hear();
    reading_ = false;
    ++ledger_.messages;
    Act();
    Act();
  }
  void OnHalfClose() override {
    Hear();
    closed_ = true;
    Act();
  }
  void OnWritten() override {
    Hear();
    EXPECT_FALSE(call_.writing());
    Act();
  }
  void OnDone() override {
    EXPECT_FALSE(over_);
    over_ = true;
    ++ledger_.over;
  }

 private:
  void Hear() {
    EXPECT_FALSE(ending_);
    EXPECT_FALSE(over_);
  }

  void StartRead() {
    if (reading_ || closed_) return;
    reading_ = true;
    call_.Read();
  }

  void Act() {
    switch (random_() % 10) {
      case 0:
        ending_ = true;
        call_.Finish({grpc::StatusCode::ABORTED, "walk"});
        break;
      case 1:
        ending_ = true;
        call_.Cancel();
        break;
      case 2:
        if (call_.writing()) break;
        ending_ = true;
        call_.WriteAndFinish(RandomMessage(random_));
        break;
      case 3:
        ending_ = true;
        call_.Finish(grpc::Status::OK);
        call_.Cancel();
        break;
      case 4:
      case 5:
      case 6:
        if (!call_.writing()) call_.Write(RandomMessage(random_));
        break;
      default:
        StartRead();
    }
  }

  Ledger& ledger_;
  ServerCall& call_;
  Random random_;
  bool reading_ = false;
  bool closed_ = false;
  bool ending_ = false;
  bool over_ = false;
};

class WalkClient final : private CallListener {
 public:
  WalkClient(Loop& loop, std::shared_ptr<grpc::Channel> channel, unsigned seed)
      : loop_(loop), channel_(std::move(channel)), random_(seed) {}

  // On the loop.
  void Act() {
    const auto action = random_() % 12;
    if (!call_) {
      state_ = State{};
      CallListener& listener = *this;
      call_.emplace(loop_, channel_, kMethod, listener);
    } else if (action == 0) {
      call_.reset();
    } else if (action == 1 && state_.started) {
      state_.closed = true;
      call_->HalfClose();
    } else if (state_.started && !state_.closed && !call_->writing()) {
      call_->Write(RandomMessage(random_));
    }
  }

  // On the loop, or when it has stopped.
  void LetGo() { call_.reset(); }

 private:
  struct State {
    bool started = false;
    bool closed = false;
    bool over = false;
  };

  void Hear() {
    EXPECT_TRUE(call_.has_value());
    EXPECT_FALSE(state_.over);
    if (random_() % 16 == 0) call_.reset();
  }
  void OnStarted() override {
    EXPECT_FALSE(state_.started);
    state_.started = true;
    Hear();
  }
  void OnMessage(Bytes) override { Hear(); }
  void OnWritten() override { Hear(); }
  void OnDone(const grpc::Status&) override {
    Hear();
    state_.over = true;
    if (random_() % 2 == 0) call_.reset();
  }

  Loop& loop_;
  const std::shared_ptr<grpc::Channel> channel_;
  Random random_;
  State state_;
  std::optional<ClientCall> call_;
};

// How many messages reached the server.
int Walk(unsigned seed) {
  Random random(seed);
  Ledger ledger;
  std::atomic<unsigned> handler_seed = random();
  Server server({.name = "walk", .loops = 2, .message_bytes_max = 256 * 1024});
  server.Handle(kMethod, [&](ServerCall& call) {
    return std::make_unique<WalkHandler>(ledger, call, handler_seed++);
  });
  server.Start();

  Loop loops[] = {Loop("client-0"), Loop("client-1")};
  std::vector<std::unique_ptr<WalkClient>> clients[2];
  for (std::size_t loop = 0; loop < 2; ++loop) {
    const auto channel = Connect(server.address());
    for (int i = 0; i < 10; ++i) {
      clients[loop].push_back(std::make_unique<WalkClient>(loops[loop], channel, random()));
    }
  }
  const std::size_t steps = 2000;
  const std::size_t loop_stops_at = random() % (2 * steps);
  const std::size_t server_stops_at = random() % (2 * steps);
  for (std::size_t step = 0; step < steps; ++step) {
    const std::size_t loop = random() % 2;
    WalkClient& client = *clients[loop][random() % clients[loop].size()];
    loops[loop].Post([&client] { client.Act(); });
    // Lets the other side do something, too.
    if (step % 4 == 0) loops[1].Run([] {});
    if (step == loop_stops_at) loops[0].Stop();
    if (step == server_stops_at) server.Stop(std::chrono::milliseconds(random() % 5));
  }
  loops[0].Stop();
  for (const auto& client : clients[0]) client->LetGo();
  if (random() % 2 == 0) server.Stop(Duration::zero());
  loops[1].Run([&] {
    for (const auto& client : clients[1]) client->LetGo();
  });
  server.Stop(Duration::zero());
  EXPECT_EQ(ledger.made, ledger.over);
  EXPECT_EQ(ledger.made, ledger.destroyed);
  return ledger.messages;
}

TEST(CallWalkTest, EveryHandlerAndListenerIsToldOnceAndNothingAfterwards) {
  const unsigned seed = std::random_device{}();
  int messages = 0;
  for (unsigned round = 0; round < 20; ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed + round));
    messages += Walk(seed + round);
    if (HasFailure()) break;
  }
  EXPECT_GT(messages, 0);
}

}  // namespace
}  // namespace parley::rpc
