#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "client/options.h"
#include "client/session.h"
#include "client/types.h"

// Parley's client library.
//
//   parley::client::Client client({.servers = {"gateway-1:50051", "gateway-2:50051"},
//                                 .user = parley::UserId("alice")});
//   auto session = client.Connect();
//   if (!session) return Fail(session.error);
//   if (auto joined = (*session)->Join(general); !joined) return Fail(joined.error);
//   auto ack = (*session)->Publish({.channel = general, .content = "hello"});
//   while (auto event = (*session)->Next(std::chrono::seconds(1))) { … }
//   PublishResult result = ack.get();  // kStored, kNotStored or kUnknown
//
// Nothing throws; what is expected to fail is returned. Names and contents are checked here before
// anything is sent, by the server's rules and with the server's codes.
namespace parley::client {

// Gateways to talk to: sessions, and single calls that need none. A call goes to one of the
// servers, the next one if that cannot be reached, and is not repeated. Any thread; every call ends
// by its deadline.
class Client final {
 public:
  explicit Client(Options options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Opens a stream to the first server that takes it and says hello; each is tried once. The
  // session may outlive the client. `personal_after` is where an earlier session left off in the
  // user's personal channel; empty: from now on.
  [[nodiscard]] Result<std::unique_ptr<Session>> Connect(const PositionToken& personal_after = {});

  // Stores one message; returns when Kafka has it or when it is known or unknowable that it has
  // not.
  [[nodiscard]] PublishResult Publish(Publication publication);

  [[nodiscard]] Result<HistoryPage> History(const HistoryQuery& query);
  // Who is in a channel now. 0: the server's default limit.
  [[nodiscard]] Result<MemberList> Members(const ChannelName& channel, std::uint32_t limit = 0);
  // Which channels have members now.
  [[nodiscard]] Result<ChannelList> ListChannels(const std::string& prefix = {},
                                                 std::uint32_t limit = 0);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::client
