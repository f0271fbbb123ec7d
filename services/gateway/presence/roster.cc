#include "services/gateway/presence/roster.h"

#include <utility>

namespace parley::gateway {
namespace {

prometheus::Gauge& ConnectedGauge(prometheus::Registry& registry) {
  return prometheus::BuildGauge()
      .Name("parley_gateway_presence_connected")
      .Help("1 while rosters come from a presence replica")
      .Register(registry)
      .Add({});
}

}  // namespace

Roster::Roster(RosterConfig config, rpc::Loop& loop, const Clock& clock, const Logger& logger,
               prometheus::Registry& registry)
    : config_(std::move(config)),
      loop_(loop),
      connected_(ConnectedGauge(registry)),
      replicas_(config_) {
  loop_.Run([&] {
    stream_ = std::make_unique<RosterStream>(config_, loop_, replicas_, logger, connected_);
    questions_ = std::make_shared<PresenceQuestions>(config_, loop_, clock, replicas_);
  });
}

// Comes after every task posted here.
Roster::~Roster() {
  loop_.Run([this] {
    stream_.reset();
    questions_.reset();
  });
}

void Roster::Watch(RosterListener& listener, const ChannelName& channel) {
  loop_.Post([this, &listener, channel] { stream_->Watch(listener, channel); });
}

void Roster::Unwatch(RosterListener& listener, const ChannelName& channel) {
  loop_.Post([this, &listener, channel] { stream_->Unwatch(listener, channel); });
}

void Roster::Members(const ChannelName& channel, std::uint32_t limit,
                     std::function<void(std::optional<RosterReply>)> done) {
  loop_.Post([this, channel, limit, done = std::move(done)]() mutable {
    if (auto reply = stream_->Members(channel, limit)) return done(std::move(reply));
    questions_->Members(channel, limit, std::move(done));
  });
}

void Roster::List(const std::string& prefix, std::uint32_t limit,
                  std::function<void(std::optional<ChannelListReply>)> done) {
  loop_.Post([this, prefix, limit, done = std::move(done)]() mutable {
    questions_->List(prefix, limit, std::move(done));
  });
}

}  // namespace parley::gateway
