#include "client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <string>

#include "client/message_id.h"
#include "tests/fakes/client/fake_server.h"

namespace parley::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const ChannelName kGeneral("general");

Options OptionsFor(const std::string& server) {
  Options options;
  options.servers = {server};
  options.user = UserId("alice");
  return options;
}

Publication Saying(const std::string& content) { return {.channel = kGeneral, .content = content}; }

// A port that takes connections into its backlog and never says a word.
class SilentPort final {
 public:
  SilentPort() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, generic, length), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
    EXPECT_EQ(getsockname(socket_, generic, &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentPort() { Stop(); }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void Stop() {
    if (socket_ >= 0) close(socket_);
    socket_ = -1;
  }

 private:
  int socket_;
  int port_ = 0;
};

std::string RefusingAddress() {
  SilentPort port;
  port.Stop();
  return port.address();
}

TEST(ClientTest, ARefusedConnectionMeansNotStored) {
  const PublishResult result = Client(OptionsFor(RefusingAddress())).Publish(Saying("hello"));
  EXPECT_EQ(result.outcome, Outcome::kNotStored);
  EXPECT_EQ(result.error.code, kUnreachable);
  EXPECT_TRUE(result.error.retryable());
}

TEST(ClientTest, ConnectToNobodyFails) {
  const auto session = Client(OptionsFor(RefusingAddress())).Connect();
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error.code, kUnreachable);
}

TEST(ClientTest, ConnectToASilentPortEndsAtTheDeadline) {
  const SilentPort port;
  Options options = OptionsFor(port.address());
  options.connect_deadline = milliseconds(100);
  const auto session = Client(options).Connect();
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error.code, kUnreachable);
}

TEST(ClientTest, HelloWithoutAnAnswerEndsAtTheDeadline) {
  FakeServer server;
  server.IgnoreHello();
  Options options = OptionsFor(server.address());
  options.connect_deadline = milliseconds(200);
  const auto session = Client(options).Connect();
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error.code, "DEADLINE_EXCEEDED");
  EXPECT_TRUE(server.WaitForSessions(0));
}

TEST(ClientTest, ABadUserIsRefusedHere) {
  Options options = OptionsFor(RefusingAddress());
  options.user = UserId("a\nb");
  EXPECT_EQ(Client(options).Connect().error.code, "ERROR_INVALID_USER");
  EXPECT_EQ(Client(options).Publish(Saying("hello")).error.code, "ERROR_INVALID_USER");
}

TEST(ClientTest, PublishTellsThePosition) {
  FakeServer server;
  Publication publication = Saying("hello");
  publication.id = MessageId("mine");
  publication.retry = true;
  publication.headers = {{"colour", "green"}};
  const PublishResult result = Client(OptionsFor(server.address())).Publish(publication);
  EXPECT_EQ(result.outcome, Outcome::kStored);
  EXPECT_EQ(result.id, MessageId("mine"));
  ASSERT_EQ(server.Log("general").size(), 1U);
  EXPECT_EQ(result.position.value(), server.Log("general")[0].position());
  ASSERT_EQ(server.Publishes().size(), 1U);
  EXPECT_TRUE(server.Publishes()[0].retry());
  EXPECT_EQ(server.Publishes()[0].headers(0).value(), "green");
}

TEST(ClientTest, AVerdictInTheTrailerCountsForMoreThanTheStatus) {
  FakeServer server;
  Client client(OptionsFor(server.address()));
  server.AnswerWith(FakeServer::Answer::kRefuse, v1::ERROR_UNAVAILABLE);
  PublishResult result = client.Publish(Saying("hello"));
  EXPECT_EQ(result.outcome, Outcome::kNotStored);
  EXPECT_EQ(result.error.code, "ERROR_UNAVAILABLE");

  server.AnswerWith(FakeServer::Answer::kRefuse, v1::ERROR_OUTCOME_UNKNOWN);
  result = client.Publish(Saying("hello"));
  EXPECT_EQ(result.outcome, Outcome::kUnknown);

  server.AnswerWith(FakeServer::Answer::kRefuse, v1::ERROR_CONTENT_TOO_LARGE);
  result = client.Publish(Saying("hello"));
  EXPECT_EQ(result.outcome, Outcome::kNotStored);
  EXPECT_FALSE(result.error.retryable());
}

TEST(ClientTest, UnavailableWithoutAVerdictIsUnknown) {
  FakeServer server;
  server.AnswerWith(FakeServer::Answer::kBreak);
  const PublishResult result = Client(OptionsFor(server.address())).Publish(Saying("hello"));
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_EQ(result.error.code, "UNAVAILABLE");
  EXPECT_EQ(server.Log("general").size(), 1U);
}

TEST(ClientTest, APublishWithoutAnAnswerIsUnknownAtItsDeadline) {
  FakeServer server;
  server.AnswerWith(FakeServer::Answer::kDrop);
  Options options = OptionsFor(server.address());
  options.publish_deadline = milliseconds(100);
  const PublishResult result = Client(options).Publish(Saying("hello"));
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_EQ(result.error.code, "DEADLINE_EXCEEDED");
}

TEST(ClientTest, HistoryPagesBackwards) {
  FakeServer server;
  for (int i = 0; i < 5; ++i) server.Say("general", "bob", std::to_string(i));
  Client client(OptionsFor(server.address()));
  const auto newest = client.History({.channel = kGeneral, .limit = 3});
  ASSERT_TRUE(newest);
  ASSERT_EQ(newest->messages.size(), 3U);
  EXPECT_EQ(newest->messages[0].content, "2");
  const auto older = client.History({.channel = kGeneral, .before = newest->older, .limit = 3});
  ASSERT_TRUE(older);
  ASSERT_EQ(older->messages.size(), 2U);
  EXPECT_EQ(older->messages[1].content, "1");
  EXPECT_TRUE(older->older.empty());
}

TEST(ClientTest, MembersAndChannelsTellWhoIsWhere) {
  FakeServer server;
  Client client(OptionsFor(server.address()));
  const auto session = client.Connect();
  ASSERT_TRUE(session);
  ASSERT_TRUE((*session)->Join(kGeneral));
  const auto members = client.Members(kGeneral);
  ASSERT_TRUE(members);
  ASSERT_EQ(members->members.size(), 1U);
  EXPECT_EQ(members->members[0].user, UserId("alice"));
  EXPECT_EQ(members->total, 1U);
  const auto channels = client.ListChannels("gen");
  ASSERT_TRUE(channels);
  ASSERT_EQ(channels->channels.size(), 1U);
  EXPECT_EQ(channels->channels[0].channel, kGeneral);
  EXPECT_TRUE(client.ListChannels("none")->channels.empty());
}

TEST(ClientTest, ASessionOutlivesItsClient) {
  FakeServer server;
  std::unique_ptr<Session> session;
  {
    Client client(OptionsFor(server.address()));
    session = std::move(*client.Connect());
  }
  EXPECT_TRUE(session->Join(kGeneral));
}

TEST(MessageIdTest, IdsAreRandomUuids) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = NewMessageId().value();
    ASSERT_EQ(id.size(), 36U);
    ASSERT_EQ(id[14], '4');
    ASSERT_NE(std::string("89ab").find(id[19]), std::string::npos);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000U);
}

}  // namespace
}  // namespace parley::client
