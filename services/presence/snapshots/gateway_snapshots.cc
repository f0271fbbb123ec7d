#include "services/presence/snapshots/gateway_snapshots.h"

#include <string>
#include <utility>
#include <vector>

#include <grpcpp/support/slice.h>

#include "parley/internal/v1/sessions.pb.h"
#include "services/common/rpc/client_call.h"

namespace parley::presence {

using Outcome = SnapshotAnswer::Outcome;

// One call. It ends when the gateway is done, or a limit is reached.
class GatewaySnapshots::Question final : public rpc::CallListener {
 public:
  Question(GatewaySnapshots& owner, std::uint64_t number, const SnapshotTarget& target)
      : owner_(owner),
        number_(number),
        answer_{.server = target.server, .epoch = target.epoch, .question = target.question} {
    Wait();
    end_ = owner_.loop_.After(owner_.config_.time_max, [this] { Finish(Outcome::kFailed); });
    call_ = std::make_unique<rpc::ClientCall>(owner_.loop_, rpc::Connect(target.address),
                                              "/parley.internal.v1.Sessions/Snapshot", *this);
  }
  ~Question() override {
    owner_.loop_.Cancel(silence_);
    owner_.loop_.Cancel(end_);
    owner_.bytes_ -= bytes_;
  }

  void OnStarted() override {
    call_->Write(rpc::Encode(internal::v1::SnapshotRequest()));
    call_->HalfClose();
  }

  void OnMessage(rpc::Bytes message) override {
    std::vector<grpc::Slice> slices;
    if (!message.Dump(&slices).ok()) return Finish(Outcome::kFailed);
    std::string& page = answer_.pages.emplace_back();
    page.reserve(message.Length());
    for (const grpc::Slice& slice : slices) {
      page.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    const std::size_t bytes = page.size() + sizeof(page);
    bytes_ += bytes;
    owner_.bytes_ += bytes;
    if (owner_.bytes_ > owner_.config_.bytes_max) return Finish(Outcome::kFailed);
    Wait();
  }

  void OnDone(const grpc::Status& status) override {
    if (status.ok()) return Finish(Outcome::kGiven);
    const bool unknown = status.error_code() == grpc::StatusCode::UNIMPLEMENTED;
    Finish(unknown ? Outcome::kUnsupported : Outcome::kFailed);
  }

 private:
  void Wait() {
    owner_.loop_.Cancel(silence_);
    silence_ = owner_.loop_.After(owner_.config_.silence_max, [this] { Finish(Outcome::kFailed); });
  }

  // Ends this.
  void Finish(Outcome outcome) {
    answer_.outcome = outcome;
    owner_.Finish(number_, std::move(answer_));
  }

  GatewaySnapshots& owner_;
  const std::uint64_t number_;
  SnapshotAnswer answer_;
  std::size_t bytes_ = 0;
  rpc::Loop::TimerId silence_ = 0;
  rpc::Loop::TimerId end_ = 0;
  std::unique_ptr<rpc::ClientCall> call_;
};

GatewaySnapshots::GatewaySnapshots(GatewaySnapshotsConfig config, rpc::Loop& loop, Done done)
    : config_(config), loop_(loop), done_(std::move(done)) {}

GatewaySnapshots::~GatewaySnapshots() = default;

void GatewaySnapshots::Ask(const SnapshotTarget& target) {
  const std::uint64_t number = ++last_question_;
  questions_.emplace(number, std::make_unique<Question>(*this, number, target));
}

void GatewaySnapshots::Finish(std::uint64_t question, SnapshotAnswer answer) {
  questions_.erase(question);
  done_(answer);
}

}  // namespace parley::presence
