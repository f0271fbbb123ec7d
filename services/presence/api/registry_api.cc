#include "services/presence/api/registry_api.h"

#include <memory>
#include <optional>

#include "parley/internal/v1/registry.pb.h"
#include "services/presence/api/refusals.h"

namespace parley::presence {

// One watcher's call. It is told everything as soon as it asks, and cut off when it does not read.
class RegistryApi::WatchCall final : public rpc::CallHandler {
 public:
  WatchCall(rpc::ServerCall& call, RegistryApi& api) : call_(call), api_(api) {
    api_.calls_.insert(this);
    call_.Read();
  }
  ~WatchCall() override {
    api_.calls_.erase(this);
    if (watcher_) watchers().Remove(*watcher_);
  }

  void OnMessage(rpc::Bytes message) override {
    internal::v1::WatchServersRequest request;
    if (!rpc::Decode(message, request)) return End(Unreadable());
    if (!api_.directory_.ready()) return End(NotReady());
    watcher_ = watchers().Add();
    if (!watcher_) return End(TooManyWatchers());
    Pump();
  }
  void OnWritten() override { Pump(); }
  void OnDone() override { done_ = true; }

  void Pump() {
    if (done_ || !watcher_) return;
    if (watchers().IsTooSlow(*watcher_)) return End(TooSlow());
    if (call_.writing()) return;
    if (const auto update = watchers().Take(*watcher_, api_.directory_.registry())) {
      call_.Write(rpc::Encode(*update));
    }
  }

 private:
  void End(const grpc::Status& status) {
    done_ = true;
    EndCall(call_, status);
  }
  ServerWatchers& watchers() { return api_.directory_.server_watchers(); }

  rpc::ServerCall& call_;
  RegistryApi& api_;
  std::optional<ServerWatchers::Id> watcher_;
  bool done_ = false;
};

RegistryApi::RegistryApi(rpc::Server& server, Directory& directory) : directory_(directory) {
  server.Handle("/parley.internal.v1.Registry/Watch",
                [this](rpc::ServerCall& call) { return std::make_unique<WatchCall>(call, *this); });
}

void RegistryApi::Tick() {
  for (WatchCall* const call : calls_) call->Pump();
}

}  // namespace parley::presence
