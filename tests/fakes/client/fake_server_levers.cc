// What tests do to a fake server, and what they ask it.
#include <chrono>
#include <cstdio>
#include <utility>

#include "tests/fakes/client/fake_server.h"

namespace parley::client {

void FakeServer::AnswerWith(Answer answer, v1::ErrorCode refusal) {
  const std::lock_guard lock(mutex_);
  answer_ = answer;
  refusal_ = refusal;
}

void FakeServer::ReleaseAcks() {
  const std::lock_guard lock(mutex_);
  for (HeldAck& held : std::exchange(held_, {})) held.session->Tell(std::move(held.event));
}

void FakeServer::RefusePublishes(std::size_t publishes, v1::ErrorCode refusal) {
  const std::lock_guard lock(mutex_);
  publishes_refused_ = publishes;
  publish_refusal_ = refusal;
}

void FakeServer::RefuseJoins(std::size_t joins, v1::ErrorCode refusal) {
  const std::lock_guard lock(mutex_);
  joins_refused_ = joins;
  join_refusal_ = refusal;
}

void FakeServer::RefuseHellos(v1::ErrorCode refusal) {
  const std::lock_guard lock(mutex_);
  hello_refusal_ = refusal;
}

void FakeServer::Freeze() {
  const std::lock_guard lock(mutex_);
  frozen_ = true;
}

std::size_t FakeServer::sessions() {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

std::size_t FakeServer::pings() {
  const std::lock_guard lock(mutex_);
  return pings_;
}

void FakeServer::IgnoreHello() {
  const std::lock_guard lock(mutex_);
  ignores_hello_ = true;
}

void FakeServer::IgnoreJoins() {
  const std::lock_guard lock(mutex_);
  ignores_joins_ = true;
}

void FakeServer::LimitPublishesInFlight(std::uint32_t publishes) {
  const std::lock_guard lock(mutex_);
  publishes_in_flight_max_ = publishes;
}

void FakeServer::RecoverWith(v1::Recovery recovery) {
  const std::lock_guard lock(mutex_);
  recovery_ = recovery;
}

std::string FakeServer::Say(const std::string& channel, const std::string& sender,
                            const std::string& content, bool lose) {
  const std::lock_guard lock(mutex_);
  v1::PublishRequest publish;
  publish.set_channel(channel);
  publish.set_user(sender);
  publish.set_content(content);
  publish.set_id("said-" + std::to_string(log_->last_position + 1));
  const v1::Message& message = log_->Append(publish);
  if (!lose) Deliver(message);
  return message.position();
}

void FakeServer::Repeat(const std::string& channel) {
  const std::lock_guard lock(mutex_);
  Deliver(log_->messages[channel].back());
}

void FakeServer::TellAll(const v1::Event& event) {
  const std::lock_guard lock(mutex_);
  for (FakeSession* session : sessions_) session->Tell(event);
}

void FakeServer::EndStreams(grpc::Status status) {
  const std::lock_guard lock(mutex_);
  for (FakeSession* session : sessions_) session->End(status);
}

void FakeServer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    log_->servers.erase(this);
    changed_.notify_all();
  }
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  const bool all_gone = WaitForSessions(0);
  if (!all_gone) std::fprintf(stderr, "a stream of the fake server has not ended\n");
}

std::vector<v1::Message> FakeServer::Log(const std::string& channel) {
  const std::lock_guard lock(mutex_);
  return log_->messages[channel];
}

std::vector<v1::PublishRequest> FakeServer::Publishes() {
  const std::lock_guard lock(mutex_);
  return publishes_;
}

bool FakeServer::WaitForMembers(const std::string& channel, std::size_t members) {
  return Wait([&] { return MemberCount(channel) == members; });
}

bool FakeServer::WaitForPublishes(std::size_t publishes) {
  return Wait([&] { return publishes_.size() >= publishes; });
}

bool FakeServer::WaitForSessions(std::size_t sessions) {
  return Wait([&] { return sessions_.size() == sessions; });
}

template <class Condition>
bool FakeServer::Wait(Condition condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(10), condition);
}

}  // namespace parley::client
