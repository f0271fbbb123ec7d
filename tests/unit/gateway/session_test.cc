#include "services/gateway/session/session.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/world.h"

namespace parley::gateway {
namespace {

using edge::v1::ClientFrame;
using edge::v1::Event;
using std::chrono::seconds;
using testing::ElementsAre;

ClientFrame Hello(const std::string& user) {
  ClientFrame frame;
  frame.set_ref(9);
  frame.mutable_hello()->set_user(user);
  return frame;
}

ClientFrame Publish(const std::string& id, std::uint64_t ref = 5) {
  ClientFrame frame;
  frame.set_ref(ref);
  frame.mutable_publish()->set_channel("general");
  frame.mutable_publish()->set_id(id);
  frame.mutable_publish()->set_content("hello");
  return frame;
}

ClientFrame Ping() {
  ClientFrame frame;
  frame.set_ref(4);
  frame.mutable_ping();
  return frame;
}

// The error that ended the session, as its client sees it.
edge::v1::ErrorCode EndOf(World::Client& client) {
  EXPECT_EQ(client.transport.closes, 1);
  const auto events = client.Read();
  EXPECT_FALSE(events.empty());
  const auto code = events.back().error().code();
  EXPECT_EQ(client.transport.closed->code, code);
  return code;
}

TEST(SessionTest, HelloIsWelcomedWithTheLimits) {
  World world;
  const auto client = world.Connect();
  client->Send(Hello("ann"));
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ref(), 9u);
  EXPECT_EQ(events[0].welcome().server_id(), "gateway-1");
  EXPECT_EQ(events[0].welcome().session_id(), client->session.id().value());
  EXPECT_EQ(events[0].welcome().content_bytes_max(), 16384u);
  EXPECT_EQ(events[0].welcome().channels_max(), 100u);
  EXPECT_EQ(events[0].welcome().publishes_in_flight_max(), 256u);
}

TEST(SessionTest, AnythingBeforeHelloEndsIt) {
  World world;
  const auto client = world.Connect();
  client->Send(Ping());
  EXPECT_EQ(EndOf(*client), edge::v1::ERROR_HELLO_REQUIRED);
  client->Send(Hello("ann"));
  EXPECT_TRUE(client->Read().empty()) << "it is over";
}

TEST(SessionTest, ASecondHelloEndsIt) {
  World world;
  const auto client = world.Enter("ann");
  client->Send(Hello("ann"));
  EXPECT_EQ(EndOf(*client), edge::v1::ERROR_HELLO_REPEATED);
}

TEST(SessionTest, ABadUserEndsIt) {
  World world;
  const auto client = world.Connect();
  client->Send(Hello("a\nb"));
  EXPECT_EQ(EndOf(*client), edge::v1::ERROR_INVALID_USER);
  EXPECT_TRUE(world.announcer.said.empty());
}

TEST(SessionTest, WhoDoesNotSayHelloInTimeIsLetGo) {
  World world;
  const auto silent = world.Connect();
  const auto ann = world.Enter("ann");
  world.hub.Tick(TimePoint{std::chrono::milliseconds(4999)});
  EXPECT_FALSE(silent->transport.closed);
  world.hub.Tick(TimePoint{seconds(5)});
  EXPECT_EQ(EndOf(*silent), edge::v1::ERROR_HELLO_TIMEOUT);
  EXPECT_FALSE(ann->transport.closed);
  EXPECT_EQ(world.metrics.sessions.closed_hello_timeout.Value(), 1);
}

TEST(SessionTest, BytesThatAreNoFrameEndItAndUnknownFramesDoNot) {
  World world;
  const auto client = world.Enter("ann");
  ClientFrame unknown;
  unknown.set_ref(3);
  client->Send(unknown);
  auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ref(), 3u);
  EXPECT_EQ(events[0].error().code(), edge::v1::ERROR_MALFORMED);
  EXPECT_FALSE(client->transport.closed);

  client->session.OnMalformed();
  EXPECT_EQ(EndOf(*client), edge::v1::ERROR_MALFORMED);
}

TEST(SessionTest, PingIsAnswered) {
  World world;
  const auto client = world.Enter("ann");
  client->Send(Ping());
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].has_pong());
  EXPECT_EQ(events[0].ref(), 4u);
}

TEST(SessionTest, JoinIsAnsweredOnceTheChannelIsAttached) {
  World world;
  world.feed.Append(ChannelName("general"));
  world.feed.HandOn(world.inbox);
  world.feed.RunAll();
  const auto client = world.Enter("ann");
  client->Join("general", "", 11);
  EXPECT_TRUE(client->Read().empty());
  world.feed.RunAll();
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ref(), 11u);
  EXPECT_EQ(events[0].joined().channel(), "general");
  EXPECT_EQ(events[0].joined().position(), world.Token("general", 0));
  EXPECT_EQ(events[0].joined().recovery(), edge::v1::RECOVERY_NOT_ASKED);
}

TEST(SessionTest, WrongJoinsAndLeavesAreRefusedAndTheSessionGoesOn) {
  World world({.channels_max = 2});
  const auto client = world.EnterAndJoin("ann", "general");
  client->Join("general");
  client->Join("@bob");
  client->Join("a\nb");
  client->Join("random");
  client->Join("third");
  client->Leave("fourth");
  world.feed.RunAll();
  std::vector<edge::v1::ErrorCode> codes;
  std::vector<std::string> channels;
  for (const Event& event : client->Read()) {
    if (!event.has_error()) continue;
    codes.push_back(event.error().code());
    channels.push_back(event.error().channel());
  }
  EXPECT_THAT(codes, ElementsAre(edge::v1::ERROR_WRONG_MEMBERSHIP, edge::v1::ERROR_FORBIDDEN,
                                 edge::v1::ERROR_INVALID_CHANNEL, edge::v1::ERROR_TOO_MANY_CHANNELS,
                                 edge::v1::ERROR_WRONG_MEMBERSHIP));
  EXPECT_THAT(channels, ElementsAre("general", "@bob", "", "third", "fourth"));
  EXPECT_EQ(world.metrics.sessions.limited_channels.Value(), 1);
  EXPECT_FALSE(client->transport.closed);
}

TEST(SessionTest, WithoutTheLogJoinsAreRefused) {
  World world;
  Hub hub({world.feed, world.roster, world.announcer, world.inbox, world.roster_listener},
          world.metrics.sessions);
  const SessionContext context{world.config, world.server, hub, world.publisher};
  FakeTransport transport;
  Session session(context, SessionId("s"), transport, world.encoding, {});
  session.OnFrame(Hello("ann"), {});
  ClientFrame frame;
  frame.mutable_join()->set_channel("general");
  session.OnFrame(frame, {});
  transport.ReadAll(session);
  EXPECT_EQ(transport.events.at(1).error().code(), edge::v1::ERROR_UNAVAILABLE);
}

TEST(SessionTest, AfterLeaveNothingMoreComes) {
  World world;
  const auto client = world.EnterAndJoin("ann", "general");
  client->Leave("general", 12);
  world.Say("general");
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ref(), 12u);
  EXPECT_EQ(events[0].left().channel(), "general");
}

TEST(SessionTest, LeavingAPendingJoinAnswersBoth) {
  World world;
  const auto client = world.Enter("ann");
  client->Join("general", "", 1);
  client->Leave("general", 2);
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].ref(), 1u);
  EXPECT_EQ(events[0].error().code(), edge::v1::ERROR_WRONG_MEMBERSHIP);
  EXPECT_EQ(events[1].ref(), 2u);
  EXPECT_TRUE(events[1].has_left());
}

TEST(SessionTest, APublishIsAckedWithItsRef) {
  World world;
  const auto client = world.Enter("ann");
  client->Send(Publish("id-1", 21));
  EXPECT_TRUE(client->Read().empty());
  EXPECT_FALSE(client->session.idle());
  world.log_writer.Store(41);
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ref(), 21u);
  EXPECT_EQ(events[0].ack().channel(), "general");
  EXPECT_EQ(events[0].ack().id(), "id-1");
  EXPECT_EQ(events[0].ack().position(), world.Token("general", 41));
  EXPECT_TRUE(client->session.idle());
}

TEST(SessionTest, ARefusedPublishNamesChannelAndId) {
  World world;
  const auto client = world.Enter("ann");
  ClientFrame frame = Publish("id-1", 22);
  frame.mutable_publish()->clear_content();
  client->Send(frame);
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].ref(), 22u);
  EXPECT_EQ(events[0].error().code(), edge::v1::ERROR_INVALID_CONTENT);
  EXPECT_EQ(events[0].error().channel(), "general");
  EXPECT_EQ(events[0].error().id(), "id-1");
}

TEST(SessionTest, PublishesInFlightAreLimited) {
  World world({.publishes_in_flight_max = 2});
  const auto client = world.Enter("ann");
  for (const char* id : {"a", "b", "c"}) client->Send(Publish(id));
  auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].error().code(), edge::v1::ERROR_BUSY);
  EXPECT_EQ(events[0].error().id(), "c");
  EXPECT_EQ(world.metrics.sessions.limited_publishes.Value(), 1);
  world.log_writer.Store(1);
  client->Send(Publish("c"));
  events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].has_ack());
}

TEST(SessionTest, ReportsForSessionsThatAreGoneAreForgotten) {
  World world;
  auto client = world.Enter("ann");
  client->Send(Publish("a"));
  ClientFrame read;
  read.mutable_read_history()->set_channel("general");
  client->Send(read);
  client.reset();
  world.log_writer.Store(1);
  world.feed.RunAll();
  EXPECT_EQ(world.publisher.in_flight(), 0u);
}

TEST(SessionTest, HistoryIsReadBackwardsInPages) {
  World world;
  for (int i = 0; i < 5; ++i) world.feed.Append(ChannelName("general"), std::to_string(i));
  const auto client = world.Enter("ann");
  std::string before;
  std::vector<std::string> contents;
  for (const std::size_t expected : {2u, 2u, 1u}) {
    ClientFrame frame;
    frame.set_ref(8);
    frame.mutable_read_history()->set_channel("general");
    frame.mutable_read_history()->set_limit(2);
    frame.mutable_read_history()->set_before(before);
    client->Send(frame);
    world.feed.RunAll();
    const auto events = client->Read();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].ref(), 8u);
    const auto& history = events[0].history();
    EXPECT_EQ(static_cast<std::size_t>(history.messages_size()), expected);
    for (const auto& message : history.messages()) contents.push_back(message.content());
    before = history.older();
  }
  EXPECT_EQ(before, "");
  EXPECT_THAT(contents, ElementsAre("3", "4", "1", "2", "0"));
}

TEST(SessionTest, ReadsInFlightAreLimited) {
  World world({.reads_in_flight_max = 2});
  const auto client = world.Enter("ann");
  ClientFrame frame;
  frame.mutable_read_history()->set_channel("general");
  for (int i = 0; i < 3; ++i) client->Send(frame);
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].error().code(), edge::v1::ERROR_BUSY);
  EXPECT_EQ(world.metrics.sessions.limited_reads.Value(), 1);
}

TEST(SessionTest, QuietChannelsGetACheckpointWhenThePartitionMoved) {
  World world({.checkpoint_interval = seconds(30)});
  const auto client = world.EnterAndJoin("ann", "general");
  world.hub.Tick(TimePoint{seconds(30)});
  EXPECT_TRUE(client->Read().empty()) << "nothing moved";
  world.hub.OnMessages(PartitionOf(ChannelName("general"), 4), 17, {});
  world.hub.Tick(TimePoint{seconds(59)});
  EXPECT_TRUE(client->Read().empty());
  world.hub.Tick(TimePoint{seconds(60)});
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].checkpoint().channel(), "general");
  EXPECT_EQ(events[0].checkpoint().position(), world.Token("general", 17));
}

// Seed 157302 of the simulation: the partition was left, and joined again while its router lagged.
TEST(SessionTest, ACheckpointKnowsNothingOfWhatCameBeforeTheChannelWasAttachedAgain) {
  World world({.checkpoint_interval = seconds(30)});
  const auto client = world.EnterAndJoin("ann", "general");
  world.hub.OnMessages(PartitionOf(ChannelName("general"), 4), 17, {});
  client->Leave("general");
  world.feed.RunAll();
  client->Join("general");
  world.feed.RunAll();
  const auto joined = client->Read();
  ASSERT_EQ(joined.size(), 2u);
  EXPECT_EQ(joined[1].joined().position(), world.Token("general", -1));
  world.hub.Tick(TimePoint{seconds(30)});
  EXPECT_TRUE(client->Read().empty()) << "what lies before 17 has yet to come";
}

TEST(SessionTest, DrainAsksAndThenCloses) {
  World world;
  const auto client = world.EnterAndJoin("ann", "general");
  client->session.Drain(1000, TimePoint{seconds(5)});
  world.Say("general", "still here");
  const auto events = client->Read();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].drain().reconnect_after_max_ms(), 1000u);
  EXPECT_EQ(events[1].message().content(), "still here");
  world.hub.Tick(TimePoint{seconds(5)});
  EXPECT_EQ(EndOf(*client), edge::v1::ERROR_DRAINING);
  EXPECT_EQ(world.metrics.sessions.closed_draining.Value(), 1);
}

TEST(SessionTest, PresenceHearsWhoComesAndGoesOnce) {
  World world;
  {
    const auto ann = world.EnterAndJoin("ann", "general");
    ann->Leave("general");
    const auto bob = world.EnterAndJoin("bob", "general");
    bob->session.Close({edge::v1::ERROR_DRAINING, "bye"});
  }
  EXPECT_THAT(
      world.announcer.said,
      ElementsAre("connected ann", "joined ann general", "left ann general", "connected bob",
                  "joined bob general", "disconnected bob", "disconnected ann"));
  EXPECT_EQ(world.metrics.sessions.closed_client.Value(), 1);
}

// Its stream may last for as long as the client does not read.
TEST(SessionTest, ClientThatEndsItLeavesAtOnce) {
  World world;
  const auto ann = world.EnterAndJoin("ann", "general");
  world.announcer.said.clear();
  ann->session.End();
  ann->Join("games");
  ann->session.End();
  EXPECT_THAT(world.announcer.said, ElementsAre("disconnected ann"));
  EXPECT_EQ(world.metrics.sessions.closed_client.Value(), 1);
}

TEST(SessionTest, AnIdleSessionExpectsNothing) {
  World world;
  const auto client = world.Enter("ann");
  EXPECT_TRUE(client->session.idle());
  client->Join("general");
  EXPECT_FALSE(client->session.idle());
  client->Leave("general");
  EXPECT_TRUE(client->session.idle());
}

}  // namespace
}  // namespace parley::gateway
