#include "services/router/link/gateway_link.h"

#include <chrono>
#include <utility>

#include "services/common/link_version.h"

namespace parley::router {
namespace {

constexpr const char* kMethod = "/parley.internal.v1.GatewayLink/Attach";
// A host that does not answer at all would take the kernel minutes to give up on.
constexpr std::chrono::milliseconds kAttemptTimeout{5000};

}  // namespace

GatewayLink::GatewayLink(rpc::Loop& loop, LinkIds& ids, const Logger& logger,
                         GatewayLinkOwner& owner, ServerId gateway)
    : loop_(loop), ids_(ids), logger_(logger), owner_(owner), gateway_(std::move(gateway)) {}

GatewayLink::~GatewayLink() { loop_.Cancel(timer_); }

void GatewayLink::List(const std::string& address, std::int64_t epoch) {
  const bool same = listed_ && address == address_ && epoch == epoch_;
  const bool restarted = epoch > epoch_;
  listed_ = true;
  if (same || epoch < epoch_) return;
  address_ = address;
  epoch_ = epoch;
  if (up() && !restarted) return;
  // The process that a link of before led to is gone.
  Close("the gateway has started anew");
  delay_.Reset();
  Dial();
}

void GatewayLink::Dial() {
  loop_.Cancel(timer_);
  call_ = std::make_unique<rpc::ClientCall>(loop_, rpc::Connect(address_), kMethod, *this);
  timer_ = loop_.After(kAttemptTimeout, [this] {
    call_.reset();
    RetryLater();
  });
}

void GatewayLink::RetryLater() {
  loop_.Cancel(timer_);
  timer_ = 0;
  if (listed_) timer_ = loop_.After(delay_.Next(), [this] { Dial(); });
}

void GatewayLink::OnStarted() {
  loop_.Cancel(std::exchange(timer_, 0));
  id_ = ids_.Next();
  owner_.OnUp(*this);
}

void GatewayLink::OnMessage(rpc::Bytes message) {
  internal::v1::GatewayFrame frame;
  if (!rpc::Decode(message, frame)) return Close("not a frame");
  if (!frame.has_hello()) {
    // A gateway that knows another epoch greets, too, and then ends the link.
    delay_.Reset();
  } else if (const auto version = CommonLinkVersion(frame.hello().version())) {
    logger_.Info("linked", {{"gateway", gateway_.value()},
                            {"address", address_},
                            {"version", std::int64_t{*version}}});
  }
  owner_.OnFrame(*this, frame);
}

void GatewayLink::OnWritten() { owner_.OnWritten(*this); }

void GatewayLink::OnDone(const grpc::Status& status) {
  call_.reset();
  if (up()) {
    Down(status.ok() ? "the gateway ended it" : status.error_message());
  } else {
    RetryLater();
  }
}

void GatewayLink::Close(const std::string& reason) {
  call_.reset();
  if (up()) Down(reason);
}

void GatewayLink::Down(const std::string& reason) {
  logger_.Warn("link lost", {{"gateway", gateway_.value()}, {"reason", reason}});
  RetryLater();
  owner_.OnDown(std::exchange(id_, 0));
}

}  // namespace parley::router
