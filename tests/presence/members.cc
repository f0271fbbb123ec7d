#include "tests/presence/members.h"

#include <algorithm>
#include <optional>

namespace parley::presence_test {

class Members::Session final : public chaos::ChatStream::Listener {
 public:
  Session(rpc::Loop& loop, const std::string& gateway, std::string channel, const std::string& user)
      : channel_(std::move(channel)) {
    stream_.emplace(loop, gateway, *this);
    v1::ClientFrame hello;
    hello.mutable_hello()->set_user(user);
    stream_->Write(hello);
    Join();
  }

  void Join() {
    v1::ClientFrame frame;
    frame.mutable_join()->set_channel(channel_);
    if (stream_) stream_->Write(frame);
  }
  void Leave() {
    v1::ClientFrame frame;
    frame.mutable_leave()->set_channel(channel_);
    if (stream_) stream_->Write(frame);
    joined_ = false;
  }
  void Close() {
    stream_.reset();
    joined_ = false;
  }

  bool joined() const { return joined_; }
  const Told& told() const { return told_; }
  void ForgetTold() { told_ = {.joined = {}, .left = {}, .members = told_.members, .events = 0}; }

 private:
  void OnFrame(const v1::ServerFrame& frame) override {
    for (const v1::Event& event : frame.events()) {
      if (event.has_joined() && event.joined().channel() == channel_) joined_ = true;
      if (!event.has_presence() || event.presence().channel() != channel_) continue;
      ++told_.events;
      told_.members = event.presence().members();
      told_.joined.insert(event.presence().joined().begin(), event.presence().joined().end());
      told_.left.insert(event.presence().left().begin(), event.presence().left().end());
    }
  }
  void OnEnd(const grpc::Status&) override { joined_ = false; }

  const std::string channel_;
  bool joined_ = false;
  Told told_;
  std::optional<chaos::ChatStream> stream_;
};

Members::Members(const std::string& gateway, const std::string& channel, const std::string& stem,
                 std::size_t count)
    : channel_(channel) {
  loop_.Run([&] {
    for (std::size_t i = 0; i < count; ++i) {
      sessions_.push_back(
          std::make_unique<Session>(loop_, gateway, channel, stem + std::to_string(i)));
    }
  });
}

Members::~Members() {
  loop_.Run([this] { sessions_.clear(); });
}

std::size_t Members::present() {
  std::size_t count = 0;
  loop_.Run([&] {
    for (const auto& session : sessions_) count += session->joined() ? 1 : 0;
  });
  return count;
}

Members::Told Members::told() {
  Told all;
  loop_.Run([&] {
    for (const auto& session : sessions_) {
      const Told& told = session->told();
      all.joined.insert(told.joined.begin(), told.joined.end());
      all.left.insert(told.left.begin(), told.left.end());
      all.events = std::max(all.events, told.events);
      all.members = told.members;
    }
  });
  return all;
}

void Members::ForgetTold() {
  loop_.Run([&] {
    for (const auto& session : sessions_) session->ForgetTold();
  });
}

void Members::Leave(std::size_t member) {
  loop_.Run([&] { sessions_.at(member)->Leave(); });
}

void Members::Join(std::size_t member) {
  loop_.Run([&] { sessions_.at(member)->Join(); });
}

void Members::Close(std::size_t member) {
  loop_.Run([&] { sessions_.at(member)->Close(); });
}

}  // namespace parley::presence_test
