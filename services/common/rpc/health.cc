#include "services/common/rpc/health.h"

#include <optional>

#include "grpc/health/v1/health.pb.h"

namespace parley::rpc {

namespace v1 = grpc::health::v1;

// One watcher: is told the state when it comes and whenever it has changed since it was last told.
class HealthWatch final : public CallHandler {
 public:
  HealthWatch(Health& health, ServerCall& call)
      : health_(health), call_(call), watches_(health.watches_.at(&call.loop())) {
    watches_.insert(this);
    call_.Read();
  }
  ~HealthWatch() override { watches_.erase(this); }

  void OnMessage(Bytes message) override {
    v1::HealthCheckRequest request;
    if (!Decode(message, request)) {
      call_.Finish({grpc::StatusCode::INVALID_ARGUMENT, "the request cannot be parsed"});
      return;
    }
    service_ = request.service();
    Tell();
  }

  void OnHalfClose() override { call_.Finish({grpc::StatusCode::INVALID_ARGUMENT, "no request"}); }

  void OnWritten() override { Tell(); }

  void Tell() {
    if (health_.stopped_) {
      call_.Finish({grpc::StatusCode::UNAVAILABLE, "the server stops"});
      return;
    }
    if (!service_ || call_.writing()) return;
    const auto state = State();
    if (told_ == state) return;
    told_ = state;
    v1::HealthCheckResponse response;
    response.set_status(state);
    call_.Write(Encode(response));
  }

 private:
  v1::HealthCheckResponse::ServingStatus State() const {
    if (!health_.Knows(*service_)) return v1::HealthCheckResponse::SERVICE_UNKNOWN;
    return health_.serving_ ? v1::HealthCheckResponse::SERVING
                            : v1::HealthCheckResponse::NOT_SERVING;
  }

  Health& health_;
  ServerCall& call_;
  std::set<HealthWatch*>& watches_;
  std::optional<std::string> service_;  // From its request.
  std::optional<v1::HealthCheckResponse::ServingStatus> told_;
};

Health::Health(const std::vector<Loop*>& loops) {
  for (Loop* loop : loops) watches_[loop];
}

void Health::HandleOn(Server& server) {
  server.HandleUnary<v1::HealthCheckRequest, v1::HealthCheckResponse>(
      "/grpc.health.v1.Health/Check",
      [this](const v1::HealthCheckRequest& request, v1::HealthCheckResponse& response) {
        if (!Knows(request.service())) {
          return grpc::Status(grpc::StatusCode::NOT_FOUND, "this server has no such service");
        }
        response.set_status(serving_ ? v1::HealthCheckResponse::SERVING
                                     : v1::HealthCheckResponse::NOT_SERVING);
        return grpc::Status::OK;
      });
  server.Handle("/grpc.health.v1.Health/Watch",
                [this](ServerCall& call) { return std::make_unique<HealthWatch>(*this, call); });
}

// The empty name asks for the server as a whole.
void Health::SetServices(const std::vector<std::string>& services) {
  services_ = {services.begin(), services.end()};
  services_.insert("");
}

void Health::SetServing(bool serving) {
  serving_ = serving;
  TellWatches();
}

void Health::Stop() {
  stopped_ = true;
  TellWatches();
}

void Health::TellWatches() {
  for (auto& [loop, watches] : watches_) {
    loop->Post([&watches = watches] {
      for (HealthWatch* watch : watches) watch->Tell();
    });
  }
}

}  // namespace parley::rpc
