#include "services/gateway/presence/snapshot_service.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/support/slice.h>

#include "parley/internal/v1/sessions.pb.h"

namespace parley::gateway {
namespace {

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
    timer_ = service_.loop_.After(service_.config_.call_max, [this] { call_.Cancel(); });
    call_.Read();
  }
  ~Call() override {
    service_.loop_.Cancel(timer_);
    --service_.calls_;
  }

  void OnMessage(rpc::Bytes) override {
    if (!service_.source_) return call_.Finish(Unavailable());
    if (service_.calls_ > service_.config_.calls_max) return call_.Finish(TooManyCalls());
    Ask(SessionId());
  }
  void OnHalfClose() override { call_.Finish({grpc::StatusCode::INVALID_ARGUMENT, "no request"}); }
  void OnWritten() override { SendNext(); }
  void OnDone() override {
    self_.reset();
    service_.loop_.Cancel(timer_);
  }

 private:
  struct Part {
    std::uint64_t revision = 0;  // Of the first part, and in the pages of all.
    std::vector<std::string> pages;
    std::optional<SessionId> next_after;
  };

  void Ask(const SessionId& after) {
    service_.worker_.Post([source = service_.source_, after, revision = revision_,
                           &loop = service_.loop_, call = std::weak_ptr(self_)] {
      std::optional<Part> made;
      if (auto part = source(after)) {
        part->revision = revision.value_or(part->revision);
        made = Part{part->revision, PagesOf(*part), part->told.next_after};
      }
      loop.Post([call, made = std::move(made)]() mutable {
        if (const auto alive = call.lock()) (*alive)->Send(std::move(made));
      });
    });
  }

  void Send(std::optional<Part> part) {
    if (!part) return call_.Finish(Unavailable());
    revision_ = part->revision;
    next_after_ = std::move(part->next_after);
    for (const std::string& page : part->pages) pages_.emplace_back(page);
    SendNext();
  }

  void SendNext() {
    if (!pages_.empty()) {
      call_.Write(rpc::Bytes(&pages_.front(), 1));
      return pages_.pop_front();
    }
    if (!next_after_) return call_.Finish(grpc::Status::OK);
    Ask(*next_after_);
  }

  rpc::ServerCall& call_;
  SnapshotService& service_;
  std::shared_ptr<Call*> self_ = std::make_shared<Call*>(this);  // Until the call is over.
  rpc::Loop::TimerId timer_ = 0;
  std::optional<std::uint64_t> revision_;  // Of the first part.
  std::optional<SessionId> next_after_;
  std::deque<grpc::Slice> pages_;
};

SnapshotService::SnapshotService(SnapshotServiceConfig config, rpc::Server& server,
                                 rpc::Loop& worker)
    : config_(config), loop_(*server.loops().front()), worker_(worker) {
  server.DescribedIn(*internal::v1::SessionsPage::descriptor()->file());
  server.Handle("/parley.internal.v1.Sessions/Snapshot",
                [this](rpc::ServerCall& call) { return std::make_unique<Call>(call, *this); });
}

void SnapshotService::Serve(Source source) {
  loop_.Run([&] { source_ = std::move(source); });
}

}  // namespace parley::gateway
