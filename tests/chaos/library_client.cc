#include "tests/chaos/library_client.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>
#include <variant>

namespace parley::chaos {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t kPendingMax = 20;
constexpr milliseconds kTurn{50};

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace

LibraryClient::LibraryClient(const ClientSettings& settings, const Load& load,
                             const std::string& user, const std::vector<std::string>& channels,
                             std::uint64_t seed)
    : settings_(settings),
      load_(load),
      user_(user),
      channels_(channels),
      dice_(seed),
      log_(words_, user),
      frames_(user + " at the socket"),
      thread_([this] { Run(); }) {}

LibraryClient::~LibraryClient() { End(); }

void LibraryClient::End() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
}

std::string LibraryClient::State() const {
  return user_ + " of the client library, " + std::to_string(unanswered_) + " unanswered";
}

void LibraryClient::Run() {
  while (!ending_ && !Connect()) std::this_thread::sleep_for(milliseconds(100));
  publish_at_us_ = NowUs() + milliseconds(1000) / microseconds(1);
  while (!ending_) {
    if (const auto event = session_->Next(kTurn)) OnEvent(*event);
    PublishIfDue();
    TakeResults();
    settled_ = connected_ && pending_.empty();
  }
  if (!session_) return;
  counters_ = session_->counters();
  session_->Close();
  session_ = nullptr;
}

bool LibraryClient::Connect() {
  client::Options options;
  options.servers = settings_.gateways;
  options.user = UserId(user_);
  options.agent = "parley-chaos";
  options.seed = dice_.Seed();
  options.observer = &frames_;
  // Longer than anything that the nemesis does, so that the library has time to repeat.
  options.publish_deadline = std::chrono::seconds(60);
  options.request_deadline = std::chrono::seconds(60);
  client::Client client(options);
  auto session = client.Connect();
  if (!session) return false;
  session_ = std::move(*session);
  Attach(session_->info().server.value());
  connected_ = true;
  for (const std::string& channel : channels_) {
    while (!ending_ && !Join(channel, {})) std::this_thread::sleep_for(milliseconds(100));
  }
  return true;
}

bool LibraryClient::Join(const std::string& channel, const client::PositionToken& after) {
  const auto joined = session_->Join(ChannelName(channel), after);
  if (!joined) return false;
  at_[channel] = joined.value->position;
  log_.Add(Kind::kJoined, NowUs(), channel, {}, joined.value->position.value()).flag =
      joined.value->recovery == client::Recovery::kComplete;
  return true;
}

void LibraryClient::PublishIfDue() {
  const std::int64_t now_us = NowUs();
  if (now_us < publish_at_us_) return;
  const Duration period = settings_.publish_period / load_.factor.load();
  publish_at_us_ = now_us + dice_.Between(period / 2, period * 3 / 2) / microseconds(1);
  if (!load_.publishing || pending_.size() >= kPendingMax) return;
  const std::string& channel = channels_[dice_.Below(channels_.size())];
  std::string id = user_ + "-" + std::to_string(next_id_++);
  log_.Add(Kind::kInvoke, now_us, channel, id);
  client::Publication publication;
  publication.channel = ChannelName(channel);
  publication.id = MessageId(id);
  publication.content = "from " + user_;
  pending_.push_back({std::move(id), channel, session_->Publish(std::move(publication))});
}

void LibraryClient::TakeResults() {
  std::erase_if(pending_, [this](Pending& pending) {
    if (pending.result.wait_for(milliseconds(0)) != std::future_status::ready) return false;
    const client::PublishResult result = pending.result.get();
    const Kind kind = result.outcome == client::Outcome::kStored      ? Kind::kOk
                      : result.outcome == client::Outcome::kNotStored ? Kind::kFail
                                                                      : Kind::kUnknown;
    log_.Add(kind, NowUs(), pending.channel, pending.id, result.position.value()).flag =
        result.attempts == 1;
    acked_ += kind == Kind::kOk;
    return true;
  });
  unanswered_ = pending_.size();
}

// Gateways are called `gateway-0` and so on.
void LibraryClient::Attach(const std::string& server) {
  const int gateway = server.empty() ? -1 : std::atoi(server.c_str() + server.rfind('-') + 1);
  attachments_.push_back({NowUs(), gateway});
}

void LibraryClient::OnEvent(const client::Event& event) {
  const std::int64_t now_us = NowUs();
  std::visit(
      Overloaded{[&](const client::Message& message) {
                   log_.Add(Kind::kReceived, now_us, message.channel.value(), message.id.value(),
                            message.position.value(), message.previous.value());
                   at_[message.channel.value()] = message.position;
                 },
                 [&](const client::Discontinuity& lost) {
                   log_.Add(Kind::kLost, now_us, lost.channel.value(), {}, lost.position.value());
                 },
                 [&](const client::Reconnecting&) {
                   if (std::exchange(connected_, false)) log_.Add(Kind::kDisconnected, now_us, {});
                   Attach("");
                 },
                 [&](const client::Reconnected& reconnected) {
                   connected_ = true;
                   Attach(reconnected.server.value());
                 },
                 // No violation yet: it may come back with nothing missing.
                 [&](const client::ChannelLost& lost) {
                   while (!ending_ && !Join(lost.channel.value(), at_[lost.channel.value()])) {
                     std::this_thread::sleep_for(milliseconds(100));
                   }
                 },
                 [&](const client::Closed&) { connected_ = false; },
                 // What a gap hides, the oracle sees.
                 [](const auto&) {}},
      event);
}

}  // namespace parley::chaos
