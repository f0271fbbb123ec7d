#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <grpcpp/server.h>

#include "parley/v1/chat.grpc.pb.h"
#include "tests/fakes/client/fake_log.h"
#include "tests/fakes/client/fake_session.h"

namespace parley::client {

// A gateway in memory, on a loopback port of its own, with levers.
class FakeServer final : public v1::Chat::WithCallbackMethod_Connect<v1::Chat::Service> {
 public:
  // How a publish is answered.
  enum class Answer {
    kAck,
    kHold,    // Stored; the ack waits for `ReleaseAcks`.
    kDrop,    // Stored; no ack ever. A unary call gets no answer until its deadline.
    kRefuse,  // Not stored; `refusal` is told.
    kBreak,   // Stored; then the call ends with UNAVAILABLE and no verdict.
  };

  explicit FakeServer(std::string name = "fake", std::shared_ptr<FakeLog> log = {});
  ~FakeServer() override;

  const std::string& address() const { return address_; }

  // Levers.
  void AnswerWith(Answer answer, v1::ErrorCode refusal = v1::ERROR_UNSPECIFIED);
  void ReleaseAcks();
  // The next so many are refused, then all is as it was.
  void RefusePublishes(std::size_t publishes, v1::ErrorCode refusal);
  void RefuseJoins(std::size_t joins, v1::ErrorCode refusal);
  void RefuseHellos(v1::ErrorCode refusal);
  // As if stopped: takes connections and frames, and does nothing about them.
  void Freeze();
  void IgnoreHello();
  void IgnoreJoins();
  void LimitPublishesInFlight(std::uint32_t publishes);
  void RecoverWith(v1::Recovery recovery);  // What joins that name a position are told.
  // As if somebody else said it; returns its position. `lose` keeps it from the members: a gap.
  std::string Say(const std::string& channel, const std::string& sender, const std::string& content,
                  bool lose = false);
  void Repeat(const std::string& channel);  // Delivers the channel's last message once more.
  void TellAll(const v1::Event& event);
  void EndStreams(grpc::Status status);
  void Stop();  // Gone, at once.

  // What it saw.
  std::vector<v1::Message> Log(const std::string& channel);
  std::vector<v1::PublishRequest> Publishes();
  std::size_t pings();
  std::size_t sessions();
  // Wait for a state, not for a time; false after 10 s.
  [[nodiscard]] bool WaitForMembers(const std::string& channel, std::size_t members);
  [[nodiscard]] bool WaitForPublishes(std::size_t publishes);
  [[nodiscard]] bool WaitForSessions(std::size_t sessions);

 private:
  struct HeldAck {
    FakeSession* session;
    v1::Event event;
  };

  grpc::ServerBidiReactor<v1::ClientFrame, v1::ServerFrame>* Connect(
      grpc::CallbackServerContext* context) override;
  grpc::Status Publish(grpc::ServerContext* context, const v1::PublishRequest* request,
                       v1::PublishResponse* response) override;
  grpc::Status History(grpc::ServerContext* context, const v1::HistoryRequest* request,
                       v1::HistoryResponse* response) override;
  grpc::Status Members(grpc::ServerContext* context, const v1::MembersRequest* request,
                       v1::MembersResponse* response) override;
  grpc::Status ListChannels(grpc::ServerContext* context, const v1::ListChannelsRequest* request,
                            v1::ListChannelsResponse* response) override;

  // These hold mutex_.
  void EndIfNothingCanCome(FakeSession& session);
  void OnFrame(FakeSession& session, const v1::ClientFrame& frame);
  void OnJoin(FakeSession& session, std::uint64_t ref, const std::string& channel,
              const std::string& after);
  void OnPublish(FakeSession& session, const v1::ClientFrame& frame);
  void TellPresence(const std::string& channel, const std::string& user, bool came);
  void Deliver(const v1::Message& message);
  v1::Message Store(v1::PublishRequest publish);
  std::size_t MemberCount(const std::string& channel) const;
  template <class Condition>
  bool Wait(Condition condition);

  bool Refuse(FakeSession& session, std::uint64_t ref, std::size_t& left, v1::ErrorCode code);

  const std::string name_;
  const std::shared_ptr<FakeLog> log_;
  std::mutex& mutex_;

  // Guarded by mutex_.
  std::condition_variable changed_;
  Answer answer_ = Answer::kAck;
  v1::ErrorCode refusal_ = v1::ERROR_UNSPECIFIED;
  bool ignores_hello_ = false;
  bool ignores_joins_ = false;
  bool frozen_ = false;
  bool stopped_ = false;
  v1::ErrorCode hello_refusal_ = v1::ERROR_UNSPECIFIED;
  std::size_t publishes_refused_ = 0;  // Still to be refused.
  v1::ErrorCode publish_refusal_ = v1::ERROR_UNSPECIFIED;
  std::size_t joins_refused_ = 0;  // Still to be refused.
  v1::ErrorCode join_refusal_ = v1::ERROR_UNSPECIFIED;
  std::uint32_t publishes_in_flight_max_ = 64;
  v1::Recovery recovery_ = v1::RECOVERY_COMPLETE;
  std::vector<v1::PublishRequest> publishes_;
  std::set<FakeSession*> sessions_;
  std::vector<HeldAck> held_;
  std::size_t pings_ = 0;

  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace parley::client
