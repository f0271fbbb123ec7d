#include "services/gateway/presence/session_pages.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "parley/internal/v1/sessions.pb.h"

namespace parley::gateway {
namespace {

TEST(SessionPagesTest, GatewayWithoutSessionsSendsOnePage) {
  const auto pages = PagesOf({ServerId("one"), 7, 42, {}});
  ASSERT_EQ(pages.size(), 1U);
  internal::v1::SessionsPage page;
  ASSERT_TRUE(page.ParseFromString(pages[0]));
  EXPECT_EQ(page.server_id(), "one");
  EXPECT_EQ(page.epoch(), 7);
  EXPECT_EQ(page.revision(), 42U);
  EXPECT_EQ(page.sessions_size(), 0);
}

TEST(SessionPagesTest, PagesHoldEverySessionAndKeepTheLimit) {
  SessionsPart part{ServerId("one"), 7, 42, {}};
  std::map<std::string, int> channels;
  for (int i = 0; i < 100; ++i) {
    ToldSession session{SessionId(std::to_string(i)), UserId("bob"), {}};
    // The last is longer than many pages.
    for (int channel = 0; channel < (i == 99 ? 1'000 : i % 3); ++channel) {
      session.channels.emplace_back("channel-" + std::to_string(channel));
    }
    channels[session.id.value()] = static_cast<int>(session.channels.size());
    part.told.sessions.push_back(session);
  }
  constexpr std::size_t kBytesMax = 300;
  std::map<std::string, int> seen;
  for (const std::string& bytes : PagesOf(part, kBytesMax)) {
    EXPECT_LE(bytes.size(), kBytesMax + 128);
    internal::v1::SessionsPage page;
    ASSERT_TRUE(page.ParseFromString(bytes));
    EXPECT_EQ(page.revision(), 42U);
    for (const auto& session : page.sessions()) {
      EXPECT_EQ(session.user(), "bob");
      seen[session.session_id()] += session.channels_size();
    }
  }
  EXPECT_EQ(seen, channels);
}

}  // namespace
}  // namespace parley::gateway
