#include "tests/integration/member.h"

namespace parley::test {

std::shared_ptr<grpc::Channel> Dial(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

Member::Member(const std::string& address, const std::string& user,
               const std::string& personal_after)
    : stub_(v1::Chat::NewStub(Dial(address))) {
  context_.set_wait_for_ready(true);
  stream_ = stub_->Connect(&context_);
  v1::ClientFrame hello;
  hello.set_ref(1);
  hello.mutable_hello()->set_user(user);
  hello.mutable_hello()->set_personal_after(personal_after);
  Send(hello);
  reader_ = std::thread([this] { ReadAll(); });
}

Member::~Member() {
  context_.TryCancel();
  reader_.join();
}

void Member::Send(const v1::ClientFrame& frame) {
  const std::lock_guard lock(write_mutex_);
  stream_->Write(frame);
}

bool Member::Join(const std::string& channel, const std::string& after) {
  v1::ClientFrame frame;
  frame.mutable_join()->set_channel(channel);
  frame.mutable_join()->set_after(after);
  Send(frame);
  return WaitUntilIn(channel);
}

bool Member::WaitUntilIn(const std::string& channel) {
  bool joined = false;
  const bool answered = WaitUntil(
      [&](const Member& member) {
        for (const v1::Event& event : member.others_) {
          if (event.has_joined() && event.joined().channel() == channel) joined = true;
          if (event.has_error() && event.error().channel() == channel) return true;
        }
        return joined;
      },
      std::chrono::seconds(30));
  return answered && joined;
}

void Member::Publish(const std::string& channel, const std::string& id, const std::string& content,
                     bool retry) {
  v1::ClientFrame frame;
  v1::Publish& publish = *frame.mutable_publish();
  publish.set_channel(channel);
  publish.set_id(id);
  publish.set_content(content);
  publish.set_retry(retry);
  Send(frame);
}

void Member::ReadAll() {
  v1::ServerFrame frame;
  while (stream_->Read(&frame)) {
    const std::lock_guard lock(mutex_);
    for (v1::Event& event : *frame.mutable_events()) {
      if (event.has_message()) {
        messages_.push_back(std::move(*event.mutable_message()));
      } else if (event.has_ack()) {
        acks_[event.ack().id()] = event.ack().position();
      } else {
        others_.push_back(std::move(event));
      }
    }
    changed_.notify_all();
  }
  const grpc::Status status = stream_->Finish();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  status_ = status;
  changed_.notify_all();
}

bool Member::WaitUntil(const std::function<bool(const Member&)>& done,
                       std::chrono::seconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return done(*this) || ended_; }) && done(*this);
}

std::vector<v1::Message> Member::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

std::map<std::string, std::string> Member::acks() const {
  const std::lock_guard lock(mutex_);
  return acks_;
}

std::vector<v1::Event> Member::others() const {
  const std::lock_guard lock(mutex_);
  return others_;
}

std::size_t Member::message_count() const {
  const std::lock_guard lock(mutex_);
  return messages_.size();
}

std::size_t Member::ack_count() const {
  const std::lock_guard lock(mutex_);
  return acks_.size();
}

bool Member::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

grpc::Status Member::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace parley::test
