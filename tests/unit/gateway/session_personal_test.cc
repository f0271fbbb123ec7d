#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/world.h"

namespace parley::gateway {
namespace {

using edge::v1::Event;
using std::chrono::milliseconds;
using testing::ElementsAre;

std::vector<Event> JoinedOf(const std::vector<Event>& events) {
  std::vector<Event> joined;
  for (const Event& event : events) {
    if (event.has_joined()) joined.push_back(event);
  }
  return joined;
}

edge::v1::ErrorCode OnlyError(World::Client& client) {
  const auto events = client.Read();
  EXPECT_EQ(events.size(), 1u);
  return events.empty() ? edge::v1::ERROR_UNSPECIFIED : events[0].error().code();
}

TEST(SessionPersonalTest, HelloJoinsItAndTheWelcomeDoesNotWait) {
  World world;
  const Offset before = world.Say("@ann");
  const auto client = world.Connect();
  client->Hello("ann");
  auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].has_welcome());
  world.feed.RunAll();
  events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ref(), 0u);
  EXPECT_EQ(events[0].joined().channel(), "@ann");
  EXPECT_EQ(events[0].joined().position(), world.Token("@ann", before));
  EXPECT_EQ(events[0].joined().recovery(), edge::v1::RECOVERY_NOT_ASKED);
}

TEST(SessionPersonalTest, WhereItIsAttachedAlreadyItFollowsTheWelcome) {
  World world;
  const auto laptop = world.Enter("ann");
  const auto phone = world.Connect();
  phone->Hello("ann");
  const auto events = phone->Read();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(events[0].has_welcome());
  EXPECT_EQ(events[1].joined().channel(), "@ann");
}

TEST(SessionPersonalTest, ItsMessagesReachAllSessionsOfTheUserAndNobodyElse) {
  World world;
  const auto laptop = world.Enter("ann");
  const auto phone = world.Enter("ann");
  const auto eve = world.Enter("eve");
  world.Say("@ann", "psst");
  EXPECT_EQ(laptop->Read().at(0).message().content(), "psst");
  EXPECT_EQ(phone->Read().at(0).message().content(), "psst");
  EXPECT_TRUE(eve->Read().empty());
}

TEST(SessionPersonalTest, HelloResumesItWhereTheClientLeftOff) {
  World world;
  const Offset read = world.Say("@ann", "read");
  world.Say("@ann", "missed");
  const auto client = world.Connect();
  client->Hello("ann", world.Token("@ann", read));
  world.feed.RunAll();
  world.Say("@ann", "live");
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[1].joined().recovery(), edge::v1::RECOVERY_COMPLETE);
  EXPECT_EQ(events[2].message().content(), "missed");
  EXPECT_EQ(events[3].message().content(), "live");
}

TEST(SessionPersonalTest, APositionThatCannotBeResumedGetsItsVerdict) {
  World world;
  const auto client = world.Connect();
  client->Hello("ann", world.Token("@bob", 3));
  world.feed.RunAll();
  EXPECT_EQ(client->Read().at(1).joined().recovery(), edge::v1::RECOVERY_OTHER_CHANNEL);
}

TEST(SessionPersonalTest, WithoutARouterItIsTriedAgainQuietlyAndEverMoreSeldom) {
  World world({.hello_timeout = std::chrono::hours(1)});
  world.Say("@ann", "missed");
  world.feed.failing_attaches = 1000;
  const auto client = world.Connect();
  client->Hello("ann", world.Token("@ann", -1));
  std::vector<std::int64_t> tries;
  for (milliseconds now{0}; now <= std::chrono::seconds(12); now += milliseconds(250)) {
    const int left = world.feed.failing_attaches;
    world.hub.Tick(TimePoint{now});
    world.feed.RunAll();
    if (world.feed.failing_attaches < left) tries.push_back(now.count());
  }
  EXPECT_THAT(tries, ElementsAre(0, 250, 750, 1750, 3750, 7750, 11750));
  EXPECT_EQ(client->Read().size(), 1u) << "the welcome, and no error";

  world.feed.failing_attaches = 0;
  world.hub.Tick(TimePoint{std::chrono::seconds(16)});
  world.feed.RunAll();
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].joined().recovery(), edge::v1::RECOVERY_COMPLETE);
  EXPECT_EQ(events[1].message().content(), "missed") << "the position was not forgotten";
}

TEST(SessionPersonalTest, ABusyLogIsAskedAgainQuietly) {
  World world;
  world.Say("@ann", "missed");
  world.feed.busy_pages = 1;
  const auto client = world.Connect();
  client->Hello("ann", world.Token("@ann", -1));
  world.feed.RunAll();
  EXPECT_EQ(client->Read().size(), 1u) << "the welcome, and no error";
  world.hub.Tick(TimePoint{milliseconds(250)});
  world.feed.RunAll();
  EXPECT_EQ(client->Read().size(), 2u);
}

TEST(SessionPersonalTest, BeforeTheLogIsKnownItWaits) {
  World world;
  Hub hub({world.feed, world.roster, world.announcer, world.inbox, world.roster_listener},
          world.metrics.sessions);
  const SessionContext context{world.config, world.server, hub, world.publisher};
  FakeTransport transport;
  Session session(context, SessionId("s"), transport, world.encoding, {});
  edge::v1::ClientFrame hello;
  hello.mutable_hello()->set_user("ann");
  session.OnFrame(hello, {});
  hub.Tick({});
  hub.OnLog(world.log);
  hub.Tick({});
  hub.OnAttached(ChannelName("@ann"), 5);
  transport.ReadAll(session);
  EXPECT_EQ(JoinedOf(transport.Take()).size(), 1u);
}

TEST(SessionPersonalTest, PresenceHearsNothingOfIt) {
  World world;
  { const auto client = world.Enter("ann"); }
  EXPECT_THAT(world.announcer.said, ElementsAre("connected ann", "disconnected ann"));
  EXPECT_TRUE(world.roster.watched.empty());
}

TEST(SessionPersonalTest, ItCountsNotAsAChannelOfTheSession) {
  World world({.channels_max = 1});
  const auto client = world.Enter("ann");
  client->Join("general");
  world.feed.RunAll();
  EXPECT_TRUE(client->Read().at(0).has_joined());
  client->Join("random");
  EXPECT_EQ(OnlyError(*client), edge::v1::ERROR_TOO_MANY_CHANNELS);
  client->Leave("general");
  EXPECT_TRUE(client->session.idle()) << "nobody waits for direct messages alone";
}

TEST(SessionPersonalTest, ItIsJoinedAlreadyAndNotLeft) {
  World world;
  const auto client = world.Connect();
  client->Hello("ann");
  client->Read();
  client->Join("@ann");
  EXPECT_EQ(OnlyError(*client), edge::v1::ERROR_WRONG_MEMBERSHIP) << "while it is being joined";
  world.feed.RunAll();
  client->Read();
  client->Join("@ann");
  EXPECT_EQ(OnlyError(*client), edge::v1::ERROR_WRONG_MEMBERSHIP);
  client->Leave("@ann");
  EXPECT_EQ(OnlyError(*client), edge::v1::ERROR_FORBIDDEN);
  world.Say("@ann", "still here");
  EXPECT_EQ(client->Read().size(), 1u);
}

TEST(SessionPersonalTest, ThatOfOthersIsForbidden) {
  World world;
  const auto client = world.Enter("ann");
  client->Join("@bob");
  EXPECT_EQ(OnlyError(*client), edge::v1::ERROR_FORBIDDEN);
  client->Leave("@bob");
  EXPECT_EQ(OnlyError(*client), edge::v1::ERROR_FORBIDDEN);
  client->ReadHistory("@bob");
  EXPECT_EQ(OnlyError(*client), edge::v1::ERROR_FORBIDDEN);
}

TEST(SessionPersonalTest, ItsHistoryIsReadByItsUser) {
  World world;
  world.Say("@ann", "psst");
  const auto client = world.Enter("ann");
  client->ReadHistory("@ann");
  world.feed.RunAll();
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].history().messages(0).content(), "psst");
}

TEST(SessionPersonalTest, AnEndedSessionTriesNoMore) {
  World world;
  world.feed.failing_attaches = 1;
  const auto client = world.Connect();
  client->Hello("ann");
  world.feed.RunAll();
  client->session.Close({edge::v1::ERROR_DRAINING, "bye"});
  world.hub.Tick(TimePoint{std::chrono::seconds(1)});
  EXPECT_FALSE(world.feed.StepRequest());
}

TEST(SessionPersonalTest, ADirectMessageIsAckedUnderTheReceiversChannel) {
  World world;
  const auto client = world.Enter("ann");
  edge::v1::ClientFrame frame;
  frame.set_ref(5);
  frame.mutable_publish()->set_channel("@bob");
  frame.mutable_publish()->set_id("id-1");
  frame.mutable_publish()->set_content("psst");
  client->Send(frame);
  world.log_writer.Store(8);
  EXPECT_TRUE(client->Read().empty());
  world.log_writer.Store(9);
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ref(), 5u);
  EXPECT_EQ(events[0].ack().channel(), "@bob");
  EXPECT_EQ(events[0].ack().position(), world.Token("@bob", 8));
}

}  // namespace
}  // namespace parley::gateway
