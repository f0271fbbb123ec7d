#include "tests/chaos/silence/traveller.h"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <utility>
#include <variant>

namespace parley::chaos {
namespace {

std::unique_ptr<client::Session> Connect(const std::vector<std::string>& gateways,
                                         const std::string& name) {
  client::Options options;
  options.servers = gateways;
  options.user = UserId(name);
  client::Client client(options);
  client::Result<std::unique_ptr<client::Session>> session = client.Connect();
  if (!session) throw std::runtime_error(name + " cannot connect: " + session.error.message);
  return std::move(*session);
}

}  // namespace

Traveller::Traveller(const std::vector<std::string>& gateways, const std::string& name,
                     const std::string& channel, Arrivals& arrivals)
    : name_(name),
      arrivals_(arrivals),
      track_(arrivals.AddTrack(name, channel)),
      session_(Connect(gateways, name)) {
  const auto joined = session_->Join(ChannelName(channel));
  if (!joined) throw std::runtime_error(name + " cannot join: " + joined.error.message);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Traveller::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const std::optional<client::Event> event = session_->Next(std::chrono::milliseconds(100));
    if (event && std::holds_alternative<client::Message>(*event)) arrivals_.Note(track_);
  }
}

}  // namespace parley::chaos
