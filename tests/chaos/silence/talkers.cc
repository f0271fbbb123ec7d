#include "tests/chaos/silence/talkers.h"

#include <utility>

namespace parley::chaos {
namespace {

constexpr std::chrono::milliseconds kRetry{100};

}  // namespace

PinnedStream::PinnedStream(rpc::Loop& loop, std::string address, std::string user)
    : loop_(loop), address_(std::move(address)), user_(std::move(user)) {
  Connect();
}

PinnedStream::~PinnedStream() { loop_.Cancel(retry_); }

void PinnedStream::Connect() {
  stream_ = std::make_unique<ChatStream>(loop_, address_, static_cast<Listener&>(*this));
  v1::ClientFrame frame;
  frame.mutable_hello()->set_user(user_);
  stream_->Write(std::move(frame));
}

void PinnedStream::Write(v1::ClientFrame frame) {
  if (stream_) stream_->Write(std::move(frame));
}

void PinnedStream::OnFrame(const v1::ServerFrame& frame) {
  for (const v1::Event& event : frame.events()) {
    if (event.has_welcome()) OnWelcome();
    if (event.has_message()) OnMessage(event.message());
    if (event.has_error()) OnError();
  }
}

void PinnedStream::OnEnd(const grpc::Status& /*status*/) {
  stream_.reset();
  BeginAgain();
}

void PinnedStream::BeginAgain() {
  loop_.Cancel(retry_);
  retry_ = loop_.After(kRetry, [this] { Connect(); });
}

Sender::Sender(rpc::Loop& loop, const std::string& address, const std::string& channel,
               std::chrono::milliseconds period)
    : PinnedStream(loop, address, "sender-" + channel),
      loop_(loop),
      channel_(channel),
      timer_(loop.Every(period, [this] { Speak(); })) {}

Sender::~Sender() { loop_.Cancel(timer_); }

void Sender::Speak() {
  if (!welcome_) return;
  v1::ClientFrame frame;
  frame.mutable_publish()->set_channel(channel_);
  frame.mutable_publish()->set_content("x");
  Write(std::move(frame));
}

Receiver::Receiver(rpc::Loop& loop, const std::string& address, const std::string& name,
                   const std::vector<std::string>& channels, Arrivals& arrivals)
    : PinnedStream(loop, address, name), arrivals_(arrivals) {
  for (const std::string& channel : channels)
    channels_[channel] = {arrivals_.AddTrack(name, channel), ""};
}

void Receiver::OnWelcome() {
  for (const auto& [name, channel] : channels_) {
    v1::ClientFrame frame;
    frame.mutable_join()->set_channel(name);
    frame.mutable_join()->set_after(channel.at);
    Write(std::move(frame));
  }
}

void Receiver::OnMessage(const v1::Message& message) {
  const auto channel = channels_.find(message.channel());
  if (channel == channels_.end()) return;
  channel->second.at = message.position();
  arrivals_.Note(channel->second.track);
}

}  // namespace parley::chaos
