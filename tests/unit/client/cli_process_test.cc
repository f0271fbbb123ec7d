// The `parley` program as scripts see it: exit codes, output, outcomes; against the fake server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/fakes/client/fake_server.h"
#include "tests/unit/client/child_process.h"
#include "tests/unit/client/run_parley.h"

namespace parley::client {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(CliUsageTest, AloneItShowsShortHelp) {
  const Finished finished = RunParley({});
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.output, HasSubstr("parley send \"hello\""));
}

TEST(CliUsageTest, HelpShowsExamplesBeforeOptions) {
  const std::vector<std::vector<std::string>> ways = {{"send", "--help"}, {"help", "send"}};
  for (const auto& way : ways) {
    const Finished finished = RunParley(way);
    EXPECT_EQ(finished.code, 0);
    EXPECT_LT(finished.output.find("Examples:"), finished.output.find("Options:"));
    EXPECT_THAT(finished.output, HasSubstr("parley send [OPTIONS]"));
  }
}

TEST(CliUsageTest, MistakesAreExplainedOnStderr) {
  const struct {
    std::vector<std::string> arguments;
    const char* complaint;
  } cases[] = {
      {{"lsten"}, "did you mean listen?"},
      {{"listen", "--jsn"}, "did you mean --json?"},
      {{"listen", "--timeout", "5x"}, "write 250ms, 5s, 2m or 1h"},
      {{"send", "--retry", "hello"}, "--id"},
      {{"send", "--header", "novalue", "hello"}, "NAME=VALUE"},
      {{"history", "--limit", "0"}, "--limit"},
      {{"topics"}, "check or ensure"},
      {{"quite-another-thing"}, "there is no command"},
  };
  for (const auto& each : cases) {
    const Finished finished = RunParley(each.arguments);
    EXPECT_EQ(finished.code, 2) << each.complaint;
    EXPECT_THAT(finished.complaints, HasSubstr(each.complaint));
    EXPECT_EQ(finished.output, "");
  }
}

TEST(CliUsageTest, NoServerIsAnExitCodeOfItsOwn) {
  const std::vector<std::vector<std::string>> commands = {{"send", "hello"}, {"listen"},  {"who"},
                                                          {"channels"},      {"history"}, {"chat"}};
  for (const std::vector<std::string>& command : commands) {
    const Finished finished = RunParley(Joined(command, {"--server", kNobody}));
    EXPECT_EQ(finished.code, 4) << command[0];
    EXPECT_THAT(finished.complaints, HasSubstr("cannot connect to 127.0.0.1:1")) << command[0];
  }
}

class CliTest : public testing::Test {
 protected:
  Finished Send(const std::vector<std::string>& arguments) const {
    return RunParley(Joined({"send", "--server", server_.address()}, arguments));
  }

  std::vector<std::string> Listen(const std::vector<std::string>& arguments) const {
    return Joined({PARLEY_CLI, "listen", "--server", server_.address()}, arguments);
  }

  FakeServer server_;
};

TEST_F(CliTest, SendPrintsThePositionOfWhatIsStored) {
  const Finished finished = Send({"hello", "world"});
  EXPECT_EQ(finished.code, 0);
  ASSERT_EQ(server_.Log("general").size(), 1U);
  EXPECT_EQ(server_.Log("general")[0].content(), "hello world");
  EXPECT_EQ(server_.Log("general")[0].sender(), "tester");
  EXPECT_EQ(finished.output, server_.Log("general")[0].position() + "\n");
}

TEST_F(CliTest, SendTakesItsSettingsFromTheEnvironment) {
  const Finished finished = RunParley(
      {"send", "hello"},
      {{"PARLEY_SERVER", server_.address()}, {"PARLEY_USER", "alice"}, {"PARLEY_CHANNEL", "ops"}});
  EXPECT_EQ(finished.code, 0);
  ASSERT_EQ(server_.Log("ops").size(), 1U);
  EXPECT_EQ(server_.Log("ops")[0].sender(), "alice");
}

TEST_F(CliTest, SendReadsStdin) {
  ChildProcess child(Parley({"send", "--server", server_.address()}), {});
  child.Write("two\nlines\n");
  child.CloseInput();
  EXPECT_EQ(child.Wait(), 0);
  ASSERT_EQ(server_.Log("general").size(), 1U);
  EXPECT_EQ(server_.Log("general")[0].content(), "two\nlines");
}

TEST_F(CliTest, SendPassesIdRetryAndHeaders) {
  const Finished finished = Send({"--id", "42", "--retry", "--header", "a=b=c", "--json", "hello"});
  EXPECT_EQ(finished.code, 0);
  ASSERT_EQ(server_.Publishes().size(), 1U);
  const v1::PublishRequest publish = server_.Publishes()[0];
  EXPECT_EQ(publish.id(), "42");
  EXPECT_TRUE(publish.retry());
  EXPECT_EQ(publish.headers(0).name(), "a");
  EXPECT_EQ(publish.headers(0).value(), "b=c");
  const Json object = Json::parse(finished.output);
  EXPECT_EQ(object["outcome"], "stored");
  EXPECT_EQ(object["id"], "42");
  EXPECT_EQ(object["position"], server_.Log("general")[0].position());
}

TEST_F(CliTest, SendTellsTheThreeOutcomesApart) {
  using Answer = FakeServer::Answer;
  const struct {
    Answer answer;
    v1::ErrorCode code;
    int exit_code;
    const char* outcome;
    const char* error;
    bool retryable;
  } cases[] = {
      {Answer::kRefuse, v1::ERROR_UNAVAILABLE, 1, "not_stored", "ERROR_UNAVAILABLE", true},
      {Answer::kRefuse, v1::ERROR_CONTENT_TOO_LARGE, 1, "not_stored", "ERROR_CONTENT_TOO_LARGE",
       false},
      {Answer::kRefuse, v1::ERROR_OUTCOME_UNKNOWN, 3, "unknown", "ERROR_OUTCOME_UNKNOWN", true},
      {Answer::kBreak, v1::ERROR_UNSPECIFIED, 3, "unknown", "UNAVAILABLE", true},
      {Answer::kDrop, v1::ERROR_UNSPECIFIED, 3, "unknown", "DEADLINE_EXCEEDED", true},
  };
  for (const auto& each : cases) {
    server_.AnswerWith(each.answer, each.code);
    const Finished finished = Send({"--json", "--id", "7", "--timeout", "300ms", "hello"});
    EXPECT_EQ(finished.code, each.exit_code) << each.error;
    const Json object = Json::parse(finished.output);
    EXPECT_EQ(object["outcome"], each.outcome);
    EXPECT_EQ(object["error"], each.error);
    EXPECT_EQ(object["retryable"], each.retryable);
    EXPECT_EQ(object["id"], "7");
    EXPECT_TRUE(object["position"].is_null());
  }
}

TEST_F(CliTest, SendWithoutAServerIsNotStored) {
  const Finished finished = RunParley({"send", "--server", kNobody, "--json", "hello"});
  EXPECT_EQ(finished.code, 4);
  EXPECT_EQ(Json::parse(finished.output)["outcome"], "not_stored");
}

TEST_F(CliTest, AnUnknownOutcomeSaysHowToRepeat) {
  server_.AnswerWith(FakeServer::Answer::kBreak);
  const Finished finished = Send({"hello"});
  EXPECT_EQ(finished.code, 3);
  EXPECT_EQ(finished.output, "");
  EXPECT_THAT(finished.complaints, HasSubstr("--id " + server_.Publishes()[0].id() + " --retry"));
}

TEST_F(CliTest, ListenPrintsOneObjectALineAtOnce) {
  ChildProcess child(Listen({"--json", "--count", "2"}), {});
  ASSERT_TRUE(server_.WaitForMembers("general", 1));
  const std::string first = server_.Say("general", "bob", "one \x1b[31m\n");
  ASSERT_TRUE(child.WaitForOutput("\n"));  // Before the second is there.
  server_.Say("general", "bob", "two");
  EXPECT_EQ(child.Wait(), 0);
  const std::vector<std::string> lines = Lines(child.output());
  ASSERT_EQ(lines.size(), 2U);
  const Json object = Json::parse(lines[0]);
  EXPECT_EQ(object["content"], "one \x1b[31m\n");
  EXPECT_EQ(object["sender"], "bob");
  EXPECT_EQ(object["channel"], "general");
  EXPECT_EQ(object["position"], first);
  EXPECT_TRUE(object.contains("id") && object.contains("previous") && object.contains("time"));
  EXPECT_EQ(Json::parse(lines[1])["previous"], first);
}

TEST_F(CliTest, ListenNeutralisesWhatCouldActOnATerminal) {
  ChildProcess child(Listen({"--count", "1"}), {});
  ASSERT_TRUE(server_.WaitForMembers("general", 1));
  server_.Say("general", "eve", "\x1b[2J\n<alice> forged");
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(child.output(), "<eve> ␛[2J␊<alice> forged\n");
}

TEST_F(CliTest, ListenGoesOnAfterAPosition) {
  const std::string first = server_.Say("general", "bob", "one");
  server_.Say("general", "bob", "two");
  ChildProcess child(Listen({"--after", first, "--count", "1"}), {});
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(child.output(), "<bob> two\n");
}

TEST_F(CliTest, ListenShowsDirectMessagesAndCountsThemNot) {
  ChildProcess child(Listen({"--user", "alice", "--count", "1"}), {});
  ASSERT_TRUE(server_.WaitForMembers("general", 1));
  server_.Say("@alice", "bob", "psst");
  server_.Say("general", "bob", "hello");
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(child.output(), "(direct) <bob> psst\n<bob> hello\n");
}

TEST_F(CliTest, ListenToOnesOwnPersonalChannelGoesOnAfterAPosition) {
  const std::string first = server_.Say("@alice", "bob", "one");
  server_.Say("@alice", "bob", "two");
  ChildProcess child(
      Listen({"--user", "alice", "--channel", "@alice", "--after", first, "--count", "1"}), {});
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(child.output(), "(direct) <bob> two\n");
}

TEST_F(CliTest, ListenSaysWhenItCouldNotBeGivenEverything) {
  server_.RecoverWith(v1::RECOVERY_EXPIRED);
  const std::string first = server_.Say("general", "bob", "one");
  ChildProcess child(Listen({"--after", first, "--timeout", "100ms"}), {});
  EXPECT_EQ(child.Wait(), 6);
  EXPECT_THAT(child.complaints(), HasSubstr("expired"));
}

TEST_F(CliTest, ListenSaysWhenMessagesAreMissing) {
  ChildProcess child(Listen({"--count", "1"}), {});
  ASSERT_TRUE(server_.WaitForMembers("general", 1));
  v1::Event event;
  event.mutable_discontinuity()->set_channel("general");
  event.mutable_discontinuity()->set_position(server_.Say("general", "bob", "lost", /*lose=*/true));
  server_.TellAll(event);
  server_.Say("general", "bob", "seen");
  EXPECT_EQ(child.Wait(), 6);
  EXPECT_THAT(child.complaints(), HasSubstr("gone from the log"));
}

TEST_F(CliTest, ListenEndsAtItsTimeout) {
  ChildProcess with_count(Listen({"--count", "1", "--timeout", "100ms"}), {});
  EXPECT_EQ(with_count.Wait(), 5);
  ChildProcess without_count(Listen({"--timeout", "100ms"}), {});
  EXPECT_EQ(without_count.Wait(), 0);
}

TEST_F(CliTest, ListenEndsWhenItIsRefusedForGood) {
  ChildProcess child(Listen({}), {});
  ASSERT_TRUE(server_.WaitForMembers("general", 1));
  v1::Event event;
  event.mutable_error()->set_code(v1::ERROR_MALFORMED);
  server_.TellAll(event);
  server_.EndStreams({grpc::StatusCode::INVALID_ARGUMENT, "no frame"});
  EXPECT_EQ(child.Wait(), 1);
  EXPECT_THAT(child.complaints(), HasSubstr("the connection ended"));
}

TEST_F(CliTest, AReaderThatHasEnoughEndsListenQuietly) {
  ChildProcess child(Listen({}), {});
  ASSERT_TRUE(server_.WaitForMembers("general", 1));
  ASSERT_TRUE(child.WaitForComplaint("listening"));
  child.CloseOutput();
  server_.Say("general", "bob", "unread");
  EXPECT_EQ(child.Wait(), 128 + SIGPIPE);
  EXPECT_EQ(child.complaints().find("parley:"), std::string::npos);
}

TEST_F(CliTest, WhoChannelsAndHistoryTellWhatThereIs) {
  ChildProcess alice(Listen({"--user", "alice"}), {});
  ASSERT_TRUE(server_.WaitForMembers("general", 1));
  server_.Say("general", "bob", "one");
  server_.Say("general", "bob", "two");
  const std::string at = server_.address();
  EXPECT_EQ(RunParley({"who", "--server", at}).output, "alice\n");
  EXPECT_EQ(Json::parse(RunParley({"who", "--server", at, "--json"}).output)["sessions"], 1);
  EXPECT_EQ(RunParley({"channels", "--server", at}).output, "general\t1\n");
  EXPECT_EQ(Json::parse(RunParley({"channels", "--server", at, "--json"}).output)["members"], 1);
  const Finished history = RunParley({"history", "--server", at, "--limit", "1"});
  EXPECT_THAT(Lines(history.output), ElementsAre(HasSubstr("Z <bob> two")));
  const std::string second = server_.Log("general")[1].position();
  const Finished older = RunParley({"history", "--server", at, "--before", second, "--json"});
  EXPECT_EQ(Json::parse(older.output)["content"], "one");
}

TEST_F(CliTest, APositionMayBeginWithHyphensAsRealOnesDo) {
  server_.Say("general", "bob", "one");
  const std::string at = server_.address();
  EXPECT_EQ(RunParley({"history", "--server", at, "--before", "---0cU_edTZ----6"}).code, 0);
  ChildProcess child(Listen({"--after", "---0cU_edTZ----6", "--count", "1"}), {});
  EXPECT_EQ(child.Wait(), 0);
  EXPECT_EQ(child.output(), "<bob> one\n");
}

TEST_F(CliTest, HistoryPagesUntilItHasEnough) {
  for (int i = 0; i < 1200; ++i) server_.Say("general", "bob", std::to_string(i));
  const Finished finished =
      RunParley({"history", "--server", server_.address(), "--limit", "1100"});
  const std::vector<std::string> lines = Lines(finished.output);
  ASSERT_EQ(lines.size(), 1100U);
  EXPECT_THAT(lines.front(), HasSubstr("<bob> 100"));
  EXPECT_THAT(lines.back(), HasSubstr("<bob> 1199"));
}

TEST_F(CliTest, HealthAsksTheServer) {
  const Finished well = RunParley({"health", "--server", server_.address()});
  EXPECT_EQ(well.code, 0);
  EXPECT_THAT(well.output, HasSubstr("serving"));
  EXPECT_EQ(RunParley({"health", "--server", kNobody}).code, 1);
}

// Answers one HTTP request, then closes.
class OneAnswer final {
 public:
  explicit OneAnswer(std::string answer) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof address;
    EXPECT_EQ(bind(socket_, generic, length), 0);
    EXPECT_EQ(listen(socket_, 1), 0);
    EXPECT_EQ(getsockname(socket_, generic, &length), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] {
      const int client = accept(socket_, nullptr, nullptr);
      char request[1024];
      EXPECT_GT(read(client, request, sizeof request), 0);
      EXPECT_GT(write(client, answer.data(), answer.size()), 0);
      close(client);
    });
  }
  ~OneAnswer() {
    thread_.join();
    close(socket_);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
  std::thread thread_;
};

TEST(CliHealthTest, ReadinessIsAskedOverHttp) {
  const OneAnswer ready("HTTP/1.1 200 OK\r\n\r\nready\n");
  EXPECT_EQ(RunParley({"health", "--admin", ready.address()}).code, 0);
  const OneAnswer waiting("HTTP/1.1 503 Service Unavailable\r\n\r\nno log info yet\n");
  const Finished finished = RunParley({"health", "--admin", waiting.address()});
  EXPECT_EQ(finished.code, 1);
  EXPECT_THAT(finished.complaints, HasSubstr("503: no log info yet"));
}

}  // namespace
}  // namespace parley::client
