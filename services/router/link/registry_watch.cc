#include "services/router/link/registry_watch.h"

#include <utility>

namespace parley::router {
namespace {

constexpr const char* kMethod = "/parley.internal.v1.Registry/Watch";

}  // namespace

RegistryWatch::RegistryWatch(rpc::Loop& loop, std::vector<std::string> presence_addresses,
                             std::size_t first, const Logger& logger, OnUpdate on_update)
    : loop_(loop),
      addresses_(std::move(presence_addresses)),
      logger_(logger),
      on_update_(std::move(on_update)),
      attempts_(first) {
  if (!addresses_.empty()) Connect();
}

RegistryWatch::~RegistryWatch() { loop_.Cancel(timer_); }

void RegistryWatch::Connect() {
  timer_ = 0;
  const std::string& address = addresses_[attempts_++ % addresses_.size()];
  call_ = std::make_unique<rpc::ClientCall>(loop_, rpc::Connect(address), kMethod, *this);
}

void RegistryWatch::OnStarted() {
  call_->Write(rpc::Encode(internal::v1::WatchServersRequest()));
  call_->HalfClose();
}

void RegistryWatch::OnMessage(rpc::Bytes message) {
  internal::v1::ServersUpdate update;
  if (!rpc::Decode(message, update)) {
    logger_.Warn("presence sent what is no update of servers");
    return;
  }
  delay_.Reset();
  on_update_(update);
}

void RegistryWatch::OnDone(const grpc::Status& status) {
  logger_.Info("no presence replica tells which gateways live; asking the next",
               {{"reason", status.error_message()}});
  timer_ = loop_.After(delay_.Next(), [this] { Connect(); });
}

}  // namespace parley::router
