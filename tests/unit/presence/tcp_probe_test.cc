#include "services/presence/registry/tcp_probe.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace parley::presence {
namespace {

// A socket on a free port of loopback that listens, or is only bound: then a connect is refused.
class Port {
 public:
  explicit Port(bool listening) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    if (listening) {
      EXPECT_EQ(listen(socket_, 8), 0);
    }
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Port() { close(socket_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  const std::string& address() const { return address_; }

 private:
  int socket_;
  std::string address_;
};

std::vector<ProbeResult> Ask(TcpProbe& probe, std::vector<ProbeTarget> targets) {
  std::promise<std::vector<ProbeResult>> promise;
  auto answer = promise.get_future();
  probe.Start(std::move(targets),
              [&](std::vector<ProbeResult> results) { promise.set_value(std::move(results)); });
  EXPECT_EQ(answer.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  return answer.get();
}

TEST(TcpProbeTest, OnlyWhereNothingAnswersIsTheServerGone) {
  const Port open(/*listening=*/true);
  const Port refusing(/*listening=*/false);
  TcpProbe probe;
  const auto results = Ask(probe, {{ServerId("open"), 1, open.address()},
                                   {ServerId("refusing"), 2, refusing.address()},
                                   {ServerId("no address"), 3, ""},
                                   {ServerId("no port"), 4, "127.0.0.1:http"}});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].server, ServerId("open"));
  EXPECT_EQ(results[0].epoch, 1);
  EXPECT_FALSE(results[0].gone);
  EXPECT_EQ(results[1].server, ServerId("refusing"));
  EXPECT_TRUE(results[1].gone);
  EXPECT_FALSE(results[2].gone) << "what cannot be tried says nothing";
  EXPECT_FALSE(results[3].gone);
}

TEST(TcpProbeTest, ManyTargetsAreProbedInTurns) {
  const Port refusing(/*listening=*/false);
  TcpProbe probe;
  std::vector<ProbeTarget> targets(600, {ServerId("one"), 1, refusing.address()});
  const auto results = Ask(probe, targets);
  ASSERT_EQ(results.size(), 600U);
  for (const ProbeResult& result : results) EXPECT_TRUE(result.gone);
}

TEST(TcpProbeTest, EndsWithoutAnsweringWhatItHasNotBegun) {
  const Port refusing(/*listening=*/false);
  auto probe = std::make_unique<TcpProbe>();
  for (int i = 0; i < 100; ++i)
    probe->Start({{ServerId("one"), 1, refusing.address()}}, [](auto) {});
  probe.reset();
}

}  // namespace
}  // namespace parley::presence
