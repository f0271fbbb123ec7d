#include "tests/chaos/client.h"

#include <algorithm>
#include <utility>

namespace parley::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kBackoffFirst{100};
constexpr milliseconds kBackoffMost{3000};
constexpr milliseconds kSilenceMost{4000};
constexpr std::size_t kUnackedMax = 20;
constexpr double kGivesUp = 0.1;

}  // namespace

Client::Client(const Context& context, const std::string& user,
               const std::vector<std::string>& channels, std::uint64_t seed)
    : context_(context),
      dice_(seed),
      log_(context.words, user),
      user_(user),
      personal_("@" + user),
      names_(channels),
      backoff_(kBackoffFirst) {
  for (const std::string& channel : channels) channels_[channel];
  After(dice_.Between(milliseconds(0), milliseconds(1500)), [this] { Connect(); });
  After(dice_.Between(milliseconds(1000), milliseconds(3000)), [this] { PublishNext(); });
  After(dice_.Between(milliseconds(0), milliseconds(1000)), [this] { Watch(); });
  After(dice_.Between(milliseconds(5000), milliseconds(60'000)), [this] { BeRestless(); });
}

Client::~Client() { *alive_ = false; }

void Client::After(Duration delay, rpc::Loop::Task task) {
  context_.loop.After(delay, [alive = alive_, task = std::move(task)] {
    if (*alive) task();
  });
}

void Client::AfterOnThisStream(Duration delay, rpc::Loop::Task task) {
  After(delay, [this, connection = connection_, task = std::move(task)] {
    if (stream_ && connection_ == connection) task();
  });
}

void Client::Connect() {
  if (stream_) return;
  const std::size_t gateways = context_.settings.gateways.size();
  // Another than the one that was lost.
  const int lost = gateway_;
  do {
    gateway_ = static_cast<int>(dice_.Below(gateways));
  } while (gateway_ == lost && gateways > 1);
  ++connection_;
  welcome_ = false;
  reading_ = true;
  heard_at_ = steady_clock::now();
  stream_ = std::make_unique<ChatStream>(
      context_.loop, context_.settings.gateways[static_cast<std::size_t>(gateway_)],
      static_cast<ChatStream::Listener&>(*this));
  v1::ClientFrame hello;
  hello.mutable_hello()->set_user(user_);
  hello.mutable_hello()->set_agent("parley-chaos");
  hello.mutable_hello()->set_personal_after(channels_[personal_].at);
  stream_->Write(std::move(hello));
}

void Client::ConnectLater() {
  After(dice_.Between(Duration::zero(), backoff_), [this] { Connect(); });
  backoff_ = std::min<Duration>(backoff_ * 2, kBackoffMost);
}

void Client::OnEnd(const grpc::Status&) { Break(); }

void Client::Break() {
  if (!stream_) return;
  stream_ = nullptr;
  if (welcome_) attachments_.push_back({NowUs(), -1});
  log_.Add(Kind::kDisconnected, NowUs(), {});
  for (auto& [name, channel] : channels_) channel.asked = channel.joined = false;
  for (Unacked& publish : unacked_) {
    publish.maybe_stored |= std::exchange(publish.in_flight, false);
  }
  ConnectLater();
}

void Client::OnFrame(const v1::ServerFrame& frame) {
  now_us_ = NowUs();
  heard_at_ = steady_clock::now();
  const std::uint64_t connection = connection_;
  for (const v1::Event& event : frame.events()) {
    OnEvent(event);
    if (!stream_ || connection_ != connection) return;
  }
}

void Client::OnEvent(const v1::Event& event) {
  using Event = v1::Event;
  switch (event.event_case()) {
    case Event::kWelcome:
      return OnWelcome();
    case Event::kJoined:
      return OnJoined(event.joined());
    case Event::kMessage:
      return OnMessage(event.message());
    case Event::kCheckpoint: {
      const v1::Checkpoint& checkpoint = event.checkpoint();
      Channel& channel = channels_[checkpoint.channel()];
      if (!channel.joined) return;
      log_.Add(Kind::kCheckpoint, now_us_, checkpoint.channel(), {}, checkpoint.position());
      channel.at = checkpoint.position();
      return;
    }
    case Event::kDiscontinuity: {
      const v1::Discontinuity& lost = event.discontinuity();
      log_.Add(Kind::kLost, now_us_, lost.channel(), {}, lost.position());
      channels_[lost.channel()].at = lost.position();
      return;
    }
    case Event::kAck:
      return OnAck(event.ack());
    case Event::kDrain:
      return OnDrain(event.drain());
    case Event::kError:
      return OnError(event.error());
    default:
      return;
  }
}

void Client::OnWelcome() {
  welcome_ = true;
  backoff_ = kBackoffFirst;
  attachments_.push_back({now_us_, gateway_});
  for (const std::string& name : names_) Join(name);
  for (Unacked& publish : unacked_) SendPublish(publish);
}

void Client::OnMessage(const v1::Message& message) {
  Channel& channel = channels_[message.channel()];
  if (!channel.joined) return;  // On its way when the channel was left.
  log_.Add(Kind::kReceived, now_us_, message.channel(), message.id(), message.position(),
           message.previous());
  channel.at = message.position();
}

void Client::OnAck(const v1::PublishAck& ack) {
  const Unacked* publish = Find(ack.id());
  if (publish == nullptr) return;
  log_.Add(Kind::kOk, now_us_, publish->channel, publish->id, ack.position()).flag =
      publish->attempts == 1;
  ++acked_;
  Forget(ack.id());
}

void Client::OnDrain(const v1::Drain& drain) {
  AfterOnThisStream(dice_.Between(milliseconds(drain.reconnect_after_min_ms()),
                                  milliseconds(drain.reconnect_after_max_ms())),
                    [this] { Break(); });
}

void Client::Join(const std::string& name) {
  Channel& channel = channels_[name];
  if (!channel.wanted || channel.asked) return;
  channel.asked = true;
  v1::ClientFrame frame;
  frame.mutable_join()->set_channel(name);
  frame.mutable_join()->set_after(channel.at);
  stream_->Write(std::move(frame));
}

void Client::OnJoined(const v1::Joined& joined) {
  Channel& channel = channels_[joined.channel()];
  if (!channel.wanted) return;  // Left meanwhile.
  const bool resumed = joined.recovery() == v1::RECOVERY_COMPLETE;
  not_recovered_ += !channel.at.empty() && !resumed;
  channel.joined = true;
  log_.Add(Kind::kJoined, now_us_, joined.channel(), {}, joined.position()).flag = resumed;
  channel.at = joined.position();
}

void Client::OnError(const v1::Error& error) {
  if (!error.id().empty()) return OnPublishRefused(error);
  if (error.channel().empty()) return;
  channels_[error.channel()].asked = false;
  AfterOnThisStream(dice_.Between(milliseconds(50), milliseconds(500)),
                    [this, name = error.channel()] {
                      if (welcome_) Join(name);
                    });
}

void Client::OnPublishRefused(const v1::Error& error) {
  Unacked* publish = Find(error.id());
  if (publish == nullptr) return;
  publish->in_flight = false;
  publish->maybe_stored |= error.code() == v1::ERROR_OUTCOME_UNKNOWN;
  if (publish->maybe_stored && dice_.Chance(kGivesUp)) {
    log_.Add(Kind::kUnknown, now_us_, publish->channel, publish->id);
    Forget(error.id());
    return;
  }
  AfterOnThisStream(dice_.Between(kBackoffFirst, milliseconds(800)), [this, id = publish->id] {
    Unacked* again = Find(id);
    if (again != nullptr && welcome_) SendPublish(*again);
  });
}

void Client::PublishNext() {
  const Duration period = context_.settings.publish_period / context_.load.factor.load();
  After(dice_.Between(period / 2, period * 3 / 2), [this] { PublishNext(); });
  if (!context_.load.publishing || unacked_.size() >= kUnackedMax) return;
  const std::string& channel = names_[dice_.Below(names_.size())];
  unacked_.push_back({user_ + "-" + std::to_string(next_id_++), channel});
  log_.Add(Kind::kInvoke, NowUs(), channel, unacked_.back().id);
  if (stream_ && welcome_) SendPublish(unacked_.back());
}

void Client::SendPublish(Unacked& publish) {
  if (publish.in_flight) return;
  publish.in_flight = true;
  ++publish.attempts;
  v1::ClientFrame frame;
  v1::Publish& fields = *frame.mutable_publish();
  fields.set_channel(publish.channel);
  fields.set_id(publish.id);
  fields.set_content("from " + user_);
  fields.set_retry(publish.maybe_stored);
  stream_->Write(std::move(frame));
}

void Client::Watch() {
  After(milliseconds(1000), [this] { Watch(); });
  if (!stream_ || !reading_) return;
  if (steady_clock::now() - heard_at_ > kSilenceMost) return Break();
  v1::ClientFrame ping;
  ping.mutable_ping();
  if (welcome_) stream_->Write(std::move(ping));
}

void Client::BeRestless() {
  After(dice_.Between(milliseconds(20'000), milliseconds(100'000)), [this] { BeRestless(); });
  if (!context_.load.restless || !stream_ || !welcome_) return;
  switch (dice_.Below(3)) {
    case 0:
      return Break();
    case 1:
      return StopReadingForAWhile();
    default:
      return LeaveForAWhile();
  }
}

void Client::LeaveForAWhile() {
  const std::string name = names_[dice_.Below(names_.size())];
  Channel& channel = channels_[name];
  if (!channel.joined) return;
  channel = {.wanted = false, .asked = false, .joined = false, .at = {}};
  log_.Add(Kind::kLeft, NowUs(), name);
  v1::ClientFrame frame;
  frame.mutable_leave()->set_channel(name);
  stream_->Write(std::move(frame));
  After(dice_.Between(milliseconds(1), milliseconds(1500)), [this, name] {
    channels_[name].wanted = true;
    if (stream_ && welcome_) Join(name);
  });
}

void Client::StopReadingForAWhile() {
  reading_ = false;
  stream_->PauseReading();
  attachments_.push_back({NowUs(), -1});
  AfterOnThisStream(dice_.Between(milliseconds(100), milliseconds(3000)), [this] {
    reading_ = true;
    heard_at_ = steady_clock::now();
    attachments_.push_back({NowUs(), gateway_});
    stream_->ResumeReading();
  });
}

Client::Unacked* Client::Find(const std::string& id) {
  const auto found =
      std::ranges::find_if(unacked_, [&](const Unacked& publish) { return publish.id == id; });
  return found == unacked_.end() ? nullptr : &*found;
}

void Client::Forget(const std::string& id) {
  std::erase_if(unacked_, [id](const Unacked& publish) { return publish.id == id; });
}

void Client::End() {
  settled_at_end_ = settled();
  *alive_ = false;
  stream_ = nullptr;
}

bool Client::settled() const {
  if (!*alive_) return settled_at_end_;
  const bool everywhere = std::ranges::all_of(
      names_, [this](const std::string& name) { return channels_.at(name).joined; });
  return stream_ && welcome_ && everywhere && unacked_.empty();
}

std::string Client::State() const {
  std::string state = user_ +
                      (stream_ ? welcome_ ? " connected to gateway-" : " waits for gateway-"
                               : " down, last on gateway-") +
                      std::to_string(gateway_);
  for (const std::string& name : names_) {
    if (!channels_.at(name).joined) state += ", not in " + name;
  }
  return state + ", " + std::to_string(unacked_.size()) + " unacked";
}

}  // namespace parley::chaos
