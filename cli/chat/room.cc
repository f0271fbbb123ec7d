#include "cli/chat/room.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace parley::cli {

Room::Room(const Connection& connection)
    : connection_(connection), client_(ClientOptions(connection)) {}

Room::~Room() { Close(); }

std::optional<client::Error> Room::Enter() {
  auto session = client_.Connect();
  if (!session) return session.error;
  session_ = std::move(*session);
  const auto joined = session_->Join(connection_.channel_name());
  if (!joined) return joined.error;
  joined_at_ = joined->position;
  return std::nullopt;
}

void Room::Listen(std::function<void(const client::Event&)> on_event) {
  listener_ = std::thread([this, on_event = std::move(on_event)] {
    for (;;) {
      const std::optional<client::Event> event = session_->Next(std::chrono::hours(1));
      if (!event) continue;
      on_event(*event);
      if (std::holds_alternative<client::Closed>(*event)) break;
    }
    ended_.Set();
  });
}

client::Result<client::HistoryPage> Room::Recent(std::uint32_t limit) {
  auto page = client_.History({.channel = connection_.channel_name(), .limit = limit});
  if (page) {
    // What came after the join is told by the session.
    std::erase_if(page->messages,
                  [this](const client::Message& message) { return message.position > joined_at_; });
  }
  return page;
}

client::Result<client::MemberList> Room::Members() {
  return client_.Members(connection_.channel_name());
}

void Room::Say(const ChannelName& channel, std::string content) {
  const std::size_t unacked_max =
      std::max<std::size_t>(session_->info().publishes_in_flight_max, 1);
  while (unacked_.size() >= unacked_max) {
    answered_.push_back(unacked_.front().get());
    unacked_.pop_front();
  }
  unacked_.push_back(session_->Publish({.channel = channel, .content = std::move(content)}));
}

std::vector<client::PublishResult> Room::TakeAnswered() {
  const auto is_ready = [](const std::future<client::PublishResult>& ack) {
    return ack.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  // Refusals can overtake acks.
  for (std::future<client::PublishResult>& ack : unacked_) {
    if (is_ready(ack)) answered_.push_back(ack.get());
  }
  std::erase_if(unacked_, [](const auto& ack) { return !ack.valid(); });
  return std::exchange(answered_, {});
}

std::vector<client::PublishResult> Room::TakeAll() {
  for (std::future<client::PublishResult>& ack : unacked_) answered_.push_back(ack.get());
  unacked_.clear();
  return std::exchange(answered_, {});
}

void Room::Close() {
  if (session_) session_->Close();
  if (listener_.joinable()) listener_.join();
}

}  // namespace parley::cli
