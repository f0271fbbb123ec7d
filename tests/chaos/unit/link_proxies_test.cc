#include "tests/chaos/link_proxies.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/loopback.h"

namespace parley::chaos {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{10'000};
// Something that must not come is awaited for so long; a slow machine makes the test weaker, never
// red.
constexpr milliseconds kShort{150};

// Sends back what it gets, on each connection; ends with the object.
class Echo final {
 public:
  Echo() : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<const sockaddr*>(&address), size);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    listen(listener_, 16);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~Echo() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (std::thread& connection : connections_) connection.join();
    close(listener_);
  }

  int port() const { return port_; }

  // What came on any connection.
  [[nodiscard]] bool Hears(const std::string& text) {
    std::unique_lock lock(mutex_);
    return heard_more_.wait_for(lock, kLong,
                                [&] { return heard_.find(text) != std::string::npos; });
  }

 private:
  void Accept() {
    while (true) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      connections_.emplace_back([this, connection] {
        std::array<char, 1024> bytes;
        ssize_t got = 0;
        while ((got = recv(connection, bytes.data(), bytes.size(), 0)) > 0) {
          {
            const std::lock_guard lock(mutex_);
            heard_.append(bytes.data(), static_cast<std::size_t>(got));
          }
          heard_more_.notify_all();
          send(connection, bytes.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
        }
        close(connection);
      });
    }
  }

  int listener_;
  int port_ = 0;
  std::mutex mutex_;
  std::condition_variable heard_more_;
  std::string heard_;  // Guarded by mutex_.
  std::vector<std::thread> connections_;
  std::thread thread_;
};

class LinkProxiesTest : public testing::Test {
 protected:
  int Port() const {
    const std::string address = proxies_.Address(0);
    return std::atoi(address.c_str() + address.rfind(':') + 1);
  }
  static bool Echoes(const LoopbackSocket& socket) {
    return socket.Send("ping") && socket.Receive(4) == "ping";
  }

  Echo echo_;
  LinkProxies proxies_{{echo_.port()}};
};

TEST_F(LinkProxiesTest, PassesBothWays) {
  const LoopbackSocket socket(Port(), kLong);
  EXPECT_TRUE(Echoes(socket));
  EXPECT_EQ(proxies_.Connections(0), 1u);
}

TEST_F(LinkProxiesTest, CutClosesWhatIsOpenAndWhatIsNewUntilHealed) {
  const LoopbackSocket before(Port(), kLong);
  ASSERT_TRUE(Echoes(before));
  proxies_.Cut(0);
  EXPECT_FALSE(before.Receive(1));
  EXPECT_FALSE(Echoes(LoopbackSocket(Port(), kLong)));
  proxies_.Heal(0);
  EXPECT_TRUE(Echoes(LoopbackSocket(Port(), kLong)));
}

TEST_F(LinkProxiesTest, CutOneLeavesTheOthers) {
  const LoopbackSocket first(Port(), kLong);
  ASSERT_TRUE(Echoes(first));
  const LoopbackSocket second(Port(), kLong);
  ASSERT_TRUE(Echoes(second));
  proxies_.CutOne(0, 0);
  EXPECT_FALSE(first.Receive(1));
  EXPECT_TRUE(Echoes(second));
}

TEST_F(LinkProxiesTest, BlockHoldsBackUntilHealed) {
  const LoopbackSocket patient(Port(), kLong);
  const LoopbackSocket impatient(Port(), kShort);
  ASSERT_TRUE(Echoes(patient));
  ASSERT_TRUE(Echoes(impatient));
  proxies_.Block(0, LinkProxies::Ways::kBoth);
  ASSERT_TRUE(patient.Send("late"));
  EXPECT_FALSE(Echoes(impatient));
  const LoopbackSocket meanwhile(Port(), kLong);
  ASSERT_TRUE(meanwhile.Send("new."));
  proxies_.Heal(0);
  EXPECT_EQ(patient.Receive(4), "late");
  EXPECT_EQ(meanwhile.Receive(4), "new.");
}

TEST_F(LinkProxiesTest, WhoIsDeafIsStillHeard) {
  const LoopbackSocket patient(Port(), kLong);
  const LoopbackSocket impatient(Port(), kShort);
  ASSERT_TRUE(Echoes(patient));
  ASSERT_TRUE(Echoes(impatient));
  proxies_.Block(0, LinkProxies::Ways::kFromGateway);
  ASSERT_TRUE(patient.Send("deaf"));
  EXPECT_TRUE(echo_.Hears("deaf"));
  EXPECT_FALSE(Echoes(impatient));
  proxies_.Heal(0);
  EXPECT_EQ(patient.Receive(4), "deaf");
}

}  // namespace
}  // namespace parley::chaos
