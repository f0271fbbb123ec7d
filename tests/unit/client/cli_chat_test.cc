// `parley chat`, in a pipe and on a terminal; against the fake server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fakes/client/fake_server.h"
#include "tests/unit/client/child_process.h"

namespace parley::client {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> ChatCommand(const FakeServer& server,
                                     const std::vector<std::string>& more = {}) {
  std::vector<std::string> command = {PARLEY_CLI, "chat", "--server", server.address()};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

class PipedChatTest : public testing::Test {
 protected:
  FakeServer server_;
};

TEST_F(PipedChatTest, LinesAreSentAndMessagesPrinted) {
  ChildProcess child(ChatCommand(server_, {"--wait", "200ms"}), {});
  ASSERT_TRUE(server_.WaitForMembers("general", 1));
  server_.Say("general", "bob", "hi");
  ASSERT_TRUE(child.WaitForOutput("<bob> hi\n"));
  child.Write("one\n\n/quit is content\r\nno line feed");
  child.CloseInput();
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(child.output(),
            "<bob> hi\n<tester> one\n<tester> /quit is content\n<tester> no line feed\n");
  EXPECT_EQ(server_.Log("general").size(), 4U);
}

TEST_F(PipedChatTest, JsonIsOneObjectALine) {
  ChildProcess child(ChatCommand(server_, {"--json", "--wait", "200ms"}), {});
  child.Write("one\n");
  child.CloseInput();
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(nlohmann::json::parse(child.output())["content"], "one");
}

TEST_F(PipedChatTest, MoreLinesThanMayBeInFlightAllArriveInOrder) {
  server_.LimitPublishesInFlight(4);
  ChildProcess child(ChatCommand(server_, {"--wait", "0s"}), {});
  std::string input;
  for (int i = 0; i < 500; ++i) input += std::to_string(i) + "\n";
  child.Write(input);
  child.CloseInput();
  EXPECT_EQ(child.Wait(), 0);
  const std::vector<v1::Message> log = server_.Log("general");
  ASSERT_EQ(log.size(), 500U);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(log[static_cast<std::size_t>(i)].content(), std::to_string(i));
  }
}

TEST_F(PipedChatTest, WhatIsNotStoredShowsInTheExitCode) {
  server_.AnswerWith(FakeServer::Answer::kRefuse, v1::ERROR_CONTENT_TOO_LARGE);
  ChildProcess child(ChatCommand(server_, {"--wait", "0s"}), {});
  child.Write("one\n");
  child.CloseInput();
  EXPECT_EQ(child.Wait(), 1);
  EXPECT_THAT(child.complaints(), HasSubstr("not stored"));
}

TEST_F(PipedChatTest, AConnectionLostBeforeTheAckCostsNothing) {
  server_.AnswerWith(FakeServer::Answer::kBreak);
  ChildProcess child(ChatCommand(server_, {"--wait", "0s"}), {});
  child.Write("one\n");
  ASSERT_TRUE(server_.WaitForPublishes(1));
  server_.AnswerWith(FakeServer::Answer::kAck);
  child.CloseInput();
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_TRUE(server_.Publishes().back().retry());
  EXPECT_EQ(server_.Log("general").size(), 1U);
}

TEST_F(PipedChatTest, HistoryIsShownWhenAskedFor) {
  server_.Say("general", "bob", "before");
  ChildProcess child(ChatCommand(server_, {"--history", "5", "--wait", "0s"}), {});
  child.CloseInput();
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(child.output(), "<bob> before\n");
}

class TerminalChatTest : public testing::Test {
 protected:
  static ChildProcess::Setting OnTerminal(bool with_colour = false) {
    ChildProcess::Setting setting;
    setting.on_terminal = true;
    if (!with_colour) setting.environment["NO_COLOR"] = "1";
    return setting;
  }

  FakeServer server_;
};

TEST_F(TerminalChatTest, PeopleSeeWhatWasSaidAndWhoIsHere) {
  server_.Say("general", "bob", "said before");
  ChildProcess alice(ChatCommand(server_, {"--user", "alice"}), OnTerminal());
  ASSERT_TRUE(alice.WaitForOutput("<bob> said before"));
  ASSERT_TRUE(alice.WaitForOutput("here: alice"));
  {
    ChildProcess carol(ChatCommand(server_, {"--user", "carol"}), OnTerminal());
    ASSERT_TRUE(alice.WaitForOutput("carol joined"));
    ASSERT_TRUE(carol.WaitForOutput("here: alice, carol"));
    carol.Write("hello from carol\r");
    ASSERT_TRUE(alice.WaitForOutput("<carol> hello from carol"));
    ASSERT_TRUE(carol.WaitForOutput("<carol> hello from carol"));
    carol.Write("/quit\r");
    EXPECT_EQ(carol.Wait(), 0);
  }
  ASSERT_TRUE(alice.WaitForOutput("carol left"));
  alice.Write("\x03");
  EXPECT_EQ(alice.Wait(), 0);
}

TEST_F(TerminalChatTest, CommandsAreNotSent) {
  server_.Say("general", "bob", "an old line");
  ChildProcess child(ChatCommand(server_, {"--history", "0"}), OnTerminal());
  ASSERT_TRUE(child.WaitForOutput("here: tester"));
  EXPECT_THAT(child.output(), Not(HasSubstr("an old line")));
  child.Write("/history 5\r");
  ASSERT_TRUE(child.WaitForOutput("an old line"));
  child.Write("/help\r");
  ASSERT_TRUE(child.WaitForOutput("/who "));
  child.Write("/wo\r");
  ASSERT_TRUE(child.WaitForOutput("is not a command"));
  child.Write("//slash\r");
  ASSERT_TRUE(child.WaitForOutput("<tester> /slash"));
  child.Write("\x04");
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(server_.Log("general").size(), 2U);
}

TEST_F(TerminalChatTest, DirectMessagesGoToOneUserAndAreMarked) {
  ChildProcess alice(ChatCommand(server_, {"--user", "alice"}), OnTerminal());
  ASSERT_TRUE(alice.WaitForOutput("here: alice"));
  alice.Write("/to bob  psst, bob\r");
  ASSERT_TRUE(alice.WaitForOutput("(direct to bob) <alice> psst, bob"));
  server_.Say("@alice", "bob", "yes?");
  ASSERT_TRUE(alice.WaitForOutput("(direct) <bob> yes?"));
  alice.Write("/to bob\r");
  ASSERT_TRUE(alice.WaitForOutput("/to takes a user (without @) and a message"));
  alice.Write("\x04");
  EXPECT_EQ(alice.Wait(), 0);
  ASSERT_EQ(server_.Log("@bob").size(), 1U);
  EXPECT_EQ(server_.Log("@bob")[0].content(), "psst, bob");
  EXPECT_TRUE(server_.Log("general").empty());
}

TEST_F(TerminalChatTest, HostileContentDoesNotReachTheTerminal) {
  ChildProcess child(ChatCommand(server_), OnTerminal());
  ASSERT_TRUE(server_.WaitForMembers("general", 1));
  server_.Say("general", "eve\xe2\x80\xae", "\x1b]0;owned\x07\nsecond line \xc2\x9b");
  ASSERT_TRUE(child.WaitForOutput("second line"));
  EXPECT_THAT(child.output(), HasSubstr("␛]0;owned␇\r\n      | second line \ufffd"));
  EXPECT_THAT(child.output(), Not(HasSubstr("\x1b]")));
  EXPECT_THAT(child.output(), Not(HasSubstr("\x07")));
  child.Write("\x03");
  EXPECT_EQ(child.Wait(), 0);
}

TEST_F(TerminalChatTest, ColoursComeOnATerminalUnlessForbidden) {
  ChildProcess colourful(ChatCommand(server_), OnTerminal(/*with_colour=*/true));
  ChildProcess plain(ChatCommand(server_), OnTerminal());
  ASSERT_TRUE(server_.WaitForMembers("general", 2));
  server_.Say("general", "bob", "the message");
  ASSERT_TRUE(colourful.WaitForOutput("the message"));
  ASSERT_TRUE(plain.WaitForOutput("the message"));
  EXPECT_THAT(colourful.output(), HasSubstr("m<bob>\x1b[0m"));
  EXPECT_THAT(plain.output(), HasSubstr(" <bob> the message"));
}

TEST_F(TerminalChatTest, AMessageThatIsNotStoredIsTold) {
  ChildProcess child(ChatCommand(server_), OnTerminal());
  ASSERT_TRUE(child.WaitForOutput("here: tester"));
  server_.AnswerWith(FakeServer::Answer::kRefuse, v1::ERROR_CONTENT_TOO_LARGE);
  child.Write("hello\r");
  ASSERT_TRUE(child.WaitForOutput("a message was not sent"));
  child.Write("\x03");
  EXPECT_EQ(child.Wait(), 1);
}

TEST_F(TerminalChatTest, ASignalEndsItAndARefusalForGoodToo) {
  ChildProcess first(ChatCommand(server_), OnTerminal());
  ChildProcess second(ChatCommand(server_), OnTerminal());
  ASSERT_TRUE(first.WaitForOutput("here: "));
  ASSERT_TRUE(second.WaitForOutput("here: "));
  first.Signal(SIGTERM);
  EXPECT_EQ(first.Wait(), 0);
  v1::Event event;
  event.mutable_error()->set_code(v1::ERROR_MALFORMED);
  server_.TellAll(event);
  server_.EndStreams({grpc::StatusCode::INVALID_ARGUMENT, "no frame"});
  EXPECT_EQ(second.Wait(), 1);
  EXPECT_THAT(second.output(), HasSubstr("the connection ended"));
}

}  // namespace
}  // namespace parley::client
