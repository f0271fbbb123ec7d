#include "tests/simulation/client.h"

#include <algorithm>
#include <utility>

#include "tests/simulation/gateway_process.h"
#include "tests/simulation/world.h"

namespace parley::simulation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBackoffFirst{100};
constexpr milliseconds kBackoffMost{3000};
constexpr milliseconds kSilenceMost{4000};
constexpr std::size_t kUnackedMax = 20;

}  // namespace

Client::Client(World& world, const std::string& user, const std::vector<std::string>& channels,
               std::size_t count)
    : world_(world), process_(world.scheduler), all_(channels), backoff_(kBackoffFirst) {
  log_.user = user;
  while (names_.size() < count) {
    const std::string& channel = all_[world.dice.Below(all_.size())];
    if (channels_.try_emplace(channel).second) names_.push_back(channel);
  }
  process_.After(world_.dice.Between(milliseconds(0), milliseconds(3000)), [this] { Connect(); });
  process_.After(world_.dice.Between(milliseconds(100), milliseconds(4000)),
                 [this] { PublishNext(); });
  process_.Every(milliseconds(1000), [this] { Watch(); });
  WanderLater();
}

Client::~Client() {
  if (stream_) stream_->Break();
}

oracle::ClientEvent& Client::Note(Kind kind, const std::string& channel, const std::string& id,
                                  const std::string& position) {
  oracle::ClientEvent event;
  event.kind = kind;
  event.time_us = world_.scheduler.SinceUnixEpoch().count();
  event.channel = channel;
  event.id = id;
  event.position = position;
  log_.events.push_back(std::move(event));
  return log_.events.back();
}

void Client::Connect() {
  if (stream_) return;
  GatewayProcess* gateway = world_.gateways[world_.dice.Below(world_.gateways.size())].get();
  if (gateway == nullptr || !gateway->accepting()) {
    ConnectLater();
    return;
  }
  stream_ = std::make_shared<Stream>(world_.scheduler, world_.dice);
  welcome_ = false;
  heard_at_ = world_.scheduler.Now();
  ++connections_;
  const std::weak_ptr<Stream> weak = stream_;
  stream_->client_down = process_.Own([this, weak] {
    if (stream_ && stream_ == weak.lock()) OnDown();
  });
  const Process::Runner runner = process_.runner();
  stream_->on_server_frame = [this, runner, weak](const edge::v1::ServerFrame& frame) {
    runner([this, weak, frame] {
      if (stream_ && stream_ == weak.lock()) OnFrame(frame);
    });
  };
  // Through the network, and by the gateway if it is not stopped.
  stream_->to_server.Send(gateway->process().Own([gateway, stream = stream_] {
    if (stream->open) gateway->Accept(stream);
  }));
  edge::v1::ClientFrame hello;
  hello.mutable_hello()->set_user(log_.user);
  Send(hello);
}

void Client::ConnectLater() {
  process_.After(world_.dice.Between(Duration::zero(), backoff_), [this] { Connect(); });
  backoff_ = std::min<Duration>(backoff_ * 2, kBackoffMost);
}

void Client::OnDown() {
  stream_ = nullptr;
  Note(Kind::kDisconnected, {});
  for (auto& [name, channel] : channels_) channel.asked = channel.joined = false;
  for (Unacked& publish : unacked_) {
    publish.maybe_stored |= std::exchange(publish.in_flight, false);
  }
  ConnectLater();
}

void Client::Disconnect() {
  if (!stream_) return;
  stream_->Break();
}

void Client::StopReading(Duration duration) {
  reads_again_at_ = std::max(reads_again_at_, world_.scheduler.Now() + duration);
}

void Client::LeaveForAWhile() {
  if (!welcome_ || !stream_) return;
  std::string& place = names_[world_.dice.Below(names_.size())];
  const std::string name = place;
  Channel& channel = channels_[name];
  if (!channel.joined) return;
  // It comes back as somebody new, or to what it has missed, or goes somewhere else.
  const bool resumes = world_.dice.Chance(0.3);
  channel = {
      .wanted = false, .asked = false, .joined = false, .at = resumes ? channel.at : std::string()};
  Note(Kind::kLeft, name);
  edge::v1::ClientFrame frame;
  frame.mutable_leave()->set_channel(name);
  Send(frame);
  const std::string& other = all_[world_.dice.Below(all_.size())];
  if (std::ranges::find(names_, other) == names_.end()) place = other;
  channels_[place].wanted = false;
  process_.After(world_.dice.Between(milliseconds(1), milliseconds(1500)), [this, next = place] {
    channels_[next].wanted = true;
    if (stream_ && welcome_) Join(next);
  });
}

void Client::WanderLater() {
  process_.After(world_.dice.Between(milliseconds(200), milliseconds(2500)), [this] {
    if (!publishing_) return;
    LeaveForAWhile();
    WanderLater();
  });
}

void Client::Send(const edge::v1::ClientFrame& frame) {
  stream_->to_server.Send([weak = std::weak_ptr(stream_), frame] {
    const auto stream = weak.lock();
    if (stream && stream->on_client_frame) stream->on_client_frame(frame);
  });
}

void Client::OnFrame(const edge::v1::ServerFrame& frame) {
  if (world_.scheduler.Now() < reads_again_at_) {
    const std::weak_ptr<Stream> weak = stream_;
    process_.At(reads_again_at_, [this, weak, frame] {
      if (stream_ && stream_ == weak.lock()) OnFrame(frame);
    });
    return;
  }
  heard_at_ = world_.scheduler.Now();
  const std::shared_ptr<Stream> stream = stream_;
  for (const edge::v1::Event& event : frame.events()) {
    OnEvent(event);
    if (stream_ != stream) return;
  }
  stream->to_server.Send([weak = std::weak_ptr(stream)] {
    const auto there = weak.lock();
    if (there && there->server_written) there->server_written();
  });
}

void Client::OnEvent(const edge::v1::Event& event) {
  using Event = edge::v1::Event;
  switch (event.event_case()) {
    case Event::kWelcome:
      OnWelcome();
      break;
    case Event::kJoined:
      OnJoined(event.joined());
      break;
    case Event::kMessage: {
      const edge::v1::Message& message = event.message();
      Channel& channel = channels_[message.channel()];
      if (!channel.joined) break;  // On its way when the channel was left.
      Note(Kind::kReceived, message.channel(), message.id(), message.position()).previous =
          message.previous();
      channel.at = message.position();
      break;
    }
    case Event::kCheckpoint: {
      Channel& channel = channels_[event.checkpoint().channel()];
      if (!channel.joined) break;
      Note(Kind::kCheckpoint, event.checkpoint().channel(), {}, event.checkpoint().position());
      channel.at = event.checkpoint().position();
      break;
    }
    case Event::kDiscontinuity:
      Note(Kind::kLost, event.discontinuity().channel(), {}, event.discontinuity().position());
      channels_[event.discontinuity().channel()].at = event.discontinuity().position();
      break;
    case Event::kAck:
      if (Unacked* publish = Find(event.ack().id())) {
        Note(Kind::kOk, publish->channel, publish->id, event.ack().position()).first_try =
            publish->attempts == 1;
        Forget(event.ack().id());
      }
      break;
    case Event::kDrain:
      process_.After(world_.dice.Between(milliseconds(event.drain().reconnect_after_min_ms()),
                                         milliseconds(event.drain().reconnect_after_max_ms())),
                     [weak = std::weak_ptr(stream_)] {
                       if (const auto stream = weak.lock()) stream->Break();
                     });
      break;
    case Event::kError:
      OnError(event.error());
      break;
    default:
      break;
  }
}

void Client::OnWelcome() {
  welcome_ = true;
  backoff_ = kBackoffFirst;
  for (const std::string& name : names_) Join(name);
  for (Unacked& publish : unacked_) SendPublish(publish);
}

void Client::Join(const std::string& name) {
  Channel& channel = channels_[name];
  if (!channel.wanted || channel.asked) return;
  channel.asked = true;
  edge::v1::ClientFrame frame;
  frame.mutable_join()->set_channel(name);
  frame.mutable_join()->set_after(channel.at);
  Send(frame);
}

void Client::OnJoined(const edge::v1::Joined& joined) {
  const bool resumed = joined.recovery() == edge::v1::RECOVERY_COMPLETE;
  const bool asked = std::ranges::find(names_, joined.channel()) != names_.end();
  Channel& channel = channels_[joined.channel()];
  if (asked && !channel.wanted) return;  // Left meanwhile.
  not_recovered_ += !channel.at.empty() && asked && !resumed;
  channel.joined = true;
  Note(Kind::kJoined, joined.channel(), {}, joined.position()).resumed = resumed;
  channel.at = joined.position();
}

void Client::OnError(const edge::v1::Error& error) {
  if (!error.id().empty()) {
    Unacked* publish = Find(error.id());
    if (publish == nullptr) return;
    publish->in_flight = false;
    publish->maybe_stored |= error.code() == edge::v1::ERROR_OUTCOME_UNKNOWN;
    if (publish->maybe_stored && world_.dice.Chance(0.3)) {
      Note(Kind::kUnknown, publish->channel, publish->id);
      Forget(error.id());
      return;
    }
    process_.After(world_.dice.Between(kBackoffFirst, milliseconds(800)), [this, id = publish->id] {
      Unacked* again = Find(id);
      if (again != nullptr && stream_ && welcome_) SendPublish(*again);
    });
    return;
  }
  if (!error.channel().empty()) {
    Channel& channel = channels_[error.channel()];
    channel.asked = false;
    process_.After(world_.dice.Between(milliseconds(50), milliseconds(500)),
                   [this, name = error.channel()] {
                     if (stream_ && welcome_) Join(name);
                   });
  }
}

void Client::PublishNext() {
  if (!publishing_) return;
  process_.After(world_.dice.Between(milliseconds(20), milliseconds(900)),
                 [this] { PublishNext(); });
  if (unacked_.size() >= kUnackedMax) return;
  const std::string& channel = names_[world_.dice.Below(names_.size())];
  unacked_.push_back({log_.user + "-" + std::to_string(next_id_++), channel});
  Note(Kind::kInvoke, channel, unacked_.back().id);
  if (stream_ && welcome_) SendPublish(unacked_.back());
}

void Client::SendPublish(Unacked& publish) {
  if (publish.in_flight) return;
  publish.in_flight = true;
  ++publish.attempts;
  edge::v1::ClientFrame frame;
  edge::v1::Publish& fields = *frame.mutable_publish();
  fields.set_channel(publish.channel);
  fields.set_id(publish.id);
  fields.set_content("from " + log_.user);
  fields.set_retry(publish.maybe_stored);
  Send(frame);
}

void Client::Watch() {
  if (!stream_) return;
  if (world_.scheduler.Now() - heard_at_ > kSilenceMost &&
      world_.scheduler.Now() >= reads_again_at_) {
    stream_->Break();
    return;
  }
  edge::v1::ClientFrame ping;
  ping.mutable_ping();
  if (welcome_) Send(ping);
}

Client::Unacked* Client::Find(const std::string& id) {
  const auto found =
      std::ranges::find_if(unacked_, [&](const Unacked& publish) { return publish.id == id; });
  return found == unacked_.end() ? nullptr : &*found;
}

void Client::Forget(const std::string& id) {
  std::erase_if(unacked_, [&](const Unacked& publish) { return publish.id == id; });
}

bool Client::settled() const {
  const bool everywhere = std::ranges::all_of(
      names_, [this](const std::string& name) { return channels_.at(name).joined; });
  return stream_ && welcome_ && everywhere && unacked_.empty();
}

std::string Client::State() const {
  std::string state =
      log_.user + (stream_ ? welcome_ ? " connected" : " waits for welcome" : " down");
  for (const std::string& name : names_) {
    if (!channels_.at(name).joined) state += ", not in " + name;
  }
  return state + ", " + std::to_string(unacked_.size()) + " unacked";
}

}  // namespace parley::simulation
