#include "services/gateway/presence/snapshot_service.h"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/support/slice.h>

#include "parley/internal/v1/sessions.pb.h"

namespace parley::gateway {
namespace {

// Each of them holds all the pages that were not read yet.
constexpr std::size_t kCallsMax = 8;

grpc::Status Unavailable() {
  return {grpc::StatusCode::UNAVAILABLE, "the gateway is starting or ending"};
}
grpc::Status TooManyCalls() {
  return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too many ask for snapshots; ask again"};
}

}  // namespace

class SnapshotService::Call final : public rpc::CallHandler {
 public:
  Call(rpc::ServerCall& call, SnapshotService& service) : call_(call), service_(service) {
    ++service_.calls_;
    call_.Read();
  }
  ~Call() override { --service_.calls_; }

  void OnMessage(rpc::Bytes) override {
    if (!service_.source_) return call_.Finish(Unavailable());
    if (service_.calls_ > kCallsMax) return call_.Finish(TooManyCalls());
    service_.worker_.Post(
        [source = service_.source_, &loop = service_.loop_, call = std::weak_ptr(self_)] {
          const std::optional<SessionsSnapshot> snapshot = source();
          auto pages = snapshot ? PagesOf(*snapshot) : std::vector<std::string>();
          loop.Post([call, pages = std::move(pages)] {
            if (const auto alive = call.lock()) (*alive)->Send(pages);
          });
        });
  }
  void OnHalfClose() override { call_.Finish({grpc::StatusCode::INVALID_ARGUMENT, "no request"}); }
  void OnWritten() override { SendNext(); }
  void OnDone() override { self_.reset(); }

 private:
  void Send(const std::vector<std::string>& pages) {
    if (pages.empty()) return call_.Finish(Unavailable());
    for (const std::string& page : pages) pages_.emplace_back(page);
    SendNext();
  }

  void SendNext() {
    if (pages_.empty()) return call_.Finish(grpc::Status::OK);
    call_.Write(rpc::Bytes(&pages_.front(), 1));
    pages_.pop_front();
  }

  rpc::ServerCall& call_;
  SnapshotService& service_;
  std::shared_ptr<Call*> self_ = std::make_shared<Call*>(this);  // Until the call is over.
  std::deque<grpc::Slice> pages_;
};

SnapshotService::SnapshotService(rpc::Server& server, rpc::Loop& worker)
    : loop_(*server.loops().front()), worker_(worker) {
  server.DescribedIn(*internal::v1::SessionsPage::descriptor()->file());
  server.Handle("/parley.internal.v1.Sessions/Snapshot",
                [this](rpc::ServerCall& call) { return std::make_unique<Call>(call, *this); });
}

void SnapshotService::Serve(Source source) {
  loop_.Run([&] { source_ = std::move(source); });
}

}  // namespace parley::gateway
