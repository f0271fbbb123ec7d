#include "services/gateway/link/router_link.h"

#include <cstdint>
#include <utility>

namespace parley::gateway {
namespace {

std::string TooOld(std::uint32_t version) {
  return "the router speaks version " + std::to_string(version) +
         " of the link at most, and this gateway none before " + std::to_string(kLinkVersionMin);
}

grpc::Status Refusal(LinkVerdict verdict, std::uint32_t version) {
  using grpc::StatusCode;
  switch (verdict) {
    case LinkVerdict::kAccepted:
      break;
    case LinkVerdict::kNotReady:
      return {StatusCode::UNAVAILABLE,
              "this gateway has not read the log's description from Kafka yet"};
    case LinkVerdict::kVersion:
      return {StatusCode::FAILED_PRECONDITION, TooOld(version)};
    case LinkVerdict::kEpoch:
      return {StatusCode::FAILED_PRECONDITION, "the router reads a log of another epoch"};
    case LinkVerdict::kPartitions:
      return {StatusCode::FAILED_PRECONDITION, "the router counts the log's partitions otherwise"};
    case LinkVerdict::kTooMany:
      return {StatusCode::RESOURCE_EXHAUSTED, "this gateway has as many links as it may have"};
  }
  return grpc::Status::OK;
}

}  // namespace

RouterLink::RouterLink(rpc::ServerCall& call, LinkContext& context)
    : call_(call),
      context_(context),
      id_(LinkId{++context.last_link}),
      since_(context.clock.Now()) {
  if (!context_.feed.log_info()) {
    call_.Finish(Refusal(LinkVerdict::kNotReady, 0));
    return;
  }
  context_.links.emplace(id_, this);
  internal::v1::GatewayFrame hello;
  *hello.mutable_hello() = context_.hello;
  Send(hello);
  call_.Read();
}

void RouterLink::Send(const internal::v1::GatewayFrame& frame) {
  if (cut_) return;
  rpc::Bytes bytes = rpc::Encode(frame);
  if (!call_.writing()) {
    call_.Write(std::move(bytes));
    return;
  }
  queue_bytes_ += bytes.Length();
  queue_.push_back(std::move(bytes));
  if (queue_bytes_ <= context_.config.queue_bytes_max) return;
  context_.logger.Warn(
      "router cut off: it does not read its link",
      {{"router", router_}, {"queue_bytes", static_cast<std::int64_t>(queue_bytes_)}});
  cut_ = true;
  ++context_.links_cut;
  queue_.clear();
  queue_bytes_ = 0;
  call_.Cancel();
}

void RouterLink::Close(LinkEnd why) {
  // A status waits for the write in flight, which may never end.
  if (call_.writing()) {
    call_.Cancel();
  } else {
    call_.Finish({grpc::StatusCode::ABORTED, why == LinkEnd::kReplaced
                                                 ? "replaced by a newer link of the same router"
                                                 : "the log was re-created"});
  }
}

void RouterLink::Pulse(TimePoint now) {
  if (router_.empty() && now - since_ >= context_.config.hello_deadline) {
    call_.Cancel();
  } else if (!call_.writing()) {
    internal::v1::GatewayFrame pulse;
    pulse.mutable_pulse();
    Send(pulse);
  }
}

void RouterLink::OnMessage(rpc::Bytes message) {
  internal::v1::RouterFrame frame;
  if (!rpc::Decode(message, frame)) {
    call_.Finish({grpc::StatusCode::INVALID_ARGUMENT, "not a frame of a router"});
    return;
  }
  if (router_.empty()) {
    Greet(frame);
  } else {
    context_.feed.OnFrame(id_, std::move(frame), context_.clock.Now());
  }
  ReadOn();
  if (held_) ++context_.links_held;
}

void RouterLink::ReadOn() {
  held_ = context_.backlog.bytes() > context_.config.backlog_bytes_max;
  if (!held_) call_.Read();
}

void RouterLink::ReadOnIfHeld(TimePoint now) {
  if (!held_) return;
  context_.feed.OnHeld(id_, now);
  ReadOn();
}

void RouterLink::OnHalfClose() { call_.Finish(grpc::Status::OK); }

void RouterLink::OnWritten() {
  if (queue_.empty()) return;
  rpc::Bytes bytes = std::move(queue_.front());
  queue_.pop_front();
  queue_bytes_ -= bytes.Length();
  call_.Write(std::move(bytes));
}

void RouterLink::OnDone() {
  context_.links.erase(id_);
  context_.feed.OnLinkDown(id_, context_.clock.Now());
  if (!router_.empty()) context_.logger.Info("router unlinked", {{"router", router_}});
}

void RouterLink::Greet(const internal::v1::RouterFrame& frame) {
  if (!frame.has_hello() || frame.hello().router_id().empty()) {
    call_.Finish({grpc::StatusCode::FAILED_PRECONDITION,
                  "a link begins with a hello that names the router"});
    return;
  }
  const internal::v1::RouterHello& hello = frame.hello();
  const LinkVerdict verdict = context_.feed.OnLinkUp(id_, hello, context_.clock.Now());
  const std::string& router = hello.router_id();
  if (verdict == LinkVerdict::kAccepted) {
    router_ = router;
    const std::int64_t version = *CommonLinkVersion(hello.version());
    context_.logger.Info("router linked",
                         {{"router", router_}, {"peer", call_.peer()}, {"version", version}});
    return;
  }
  const grpc::Status refusal = Refusal(verdict, hello.version());
  context_.logger.Warn("router refused", {{"router", router}, {"reason", refusal.error_message()}});
  call_.Finish(refusal);
}

}  // namespace parley::gateway
