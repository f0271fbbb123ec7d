#include "tests/presence/member.h"

#include <utility>

namespace parley::presence_test {
namespace {

constexpr std::chrono::milliseconds kRetry{200};

}  // namespace

Member::Member(rpc::Loop& loop, std::string gateway, const std::vector<std::string>& channels,
               std::string user)
    : loop_(loop), gateway_(std::move(gateway)), user_(std::move(user)) {
  for (const std::string& channel : channels) told_[channel] = {};
  Join();
}

Member::~Member() { loop_.Cancel(retry_); }

void Member::Join() {
  if (!stream_) Connect();
  Move(Where::kJoining);
  for (const auto& [channel, told] : told_) JoinOne(channel);
}

void Member::Leave() {
  Move(Where::kLeaving);
  for (const auto& [channel, told] : told_) {
    v1::ClientFrame frame;
    frame.mutable_leave()->set_channel(channel);
    stream_->Write(std::move(frame));
  }
}

void Member::Close() {
  loop_.Cancel(std::exchange(retry_, 0));
  refused_.clear();
  in_.clear();
  stream_.reset();
  connected_ = false;
  Move(Where::kOut);
}

void Member::ForgetTold() {
  for (auto& [channel, told] : told_) {
    told = {.joined = {}, .left = {}, .members = told.members, .times = {}};
  }
}

void Member::Connect() {
  stream_ = std::make_unique<chaos::ChatStream>(loop_, gateway_,
                                                static_cast<chaos::ChatStream::Listener&>(*this));
  v1::ClientFrame hello;
  hello.mutable_hello()->set_user(user_);
  stream_->Write(std::move(hello));
}

void Member::JoinOne(const std::string& channel) {
  v1::ClientFrame frame;
  frame.mutable_join()->set_channel(channel);
  stream_->Write(std::move(frame));
}

void Member::OnFrame(const v1::ServerFrame& frame) {
  for (const v1::Event& event : frame.events()) {
    if (event.has_welcome()) connected_ = true;
    if (event.has_error()) OnError(event.error());
    if (event.has_presence()) OnPresence(event.presence());
    if (event.has_joined() && told_.contains(event.joined().channel())) {
      in_.insert(event.joined().channel());
      if (in_.size() == told_.size()) Move(Where::kIn);
    }
    if (event.has_left()) {
      in_.erase(event.left().channel());
      if (in_.empty()) Move(Where::kOut);
    }
  }
}

void Member::OnEnd(const grpc::Status& /*status*/) {
  const bool joining = where_ == Where::kJoining;
  Close();
  if (!joining) return;
  Move(Where::kJoining);
  retry_ = loop_.After(kRetry, [this] {
    retry_ = 0;
    Join();
  });
}

// A gateway that has just started may refuse joins, and one that no router knows.
void Member::OnError(const v1::Error& error) {
  if (where_ != Where::kJoining || !told_.contains(error.channel())) return;
  refused_.insert(error.channel());
  if (retry_ != 0) return;
  retry_ = loop_.After(kRetry, [this] {
    retry_ = 0;
    for (const std::string& channel : std::exchange(refused_, {})) JoinOne(channel);
  });
}

void Member::OnPresence(const v1::PresenceChanged& change) {
  const auto found = told_.find(change.channel());
  if (found == told_.end()) return;
  Told& told = found->second;
  told.times.push_back(std::chrono::steady_clock::now());
  told.members = change.members();
  told.joined.insert(change.joined().begin(), change.joined().end());
  told.left.insert(change.left().begin(), change.left().end());
}

void Member::Move(Where where) {
  where_ = where;
  since_ = std::chrono::steady_clock::now();
}

}  // namespace parley::presence_test
