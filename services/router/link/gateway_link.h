#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "parley/internal/v1/link.pb.h"
#include "services/common/ids.h"
#include "services/common/log.h"
#include "services/common/rpc/client_call.h"
#include "services/common/rpc/loop.h"
#include "services/router/link/retry_delay.h"
#include "services/router/ports.h"

namespace parley::router {

class GatewayLink;

// What happens on links to gateways. On the router's loop.
class GatewayLinkOwner {
 public:
  virtual ~GatewayLinkOwner() = default;
  virtual void OnUp(GatewayLink& link) = 0;
  virtual void OnFrame(GatewayLink& link, const internal::v1::GatewayFrame& frame) = 0;
  virtual void OnWritten(GatewayLink& link) = 0;
  // `link` was its id until now.
  virtual void OnDown(LinkId link) = 0;
};

// Numbers the links of a router; each connection is a new one.
class LinkIds final {
 public:
  LinkId Next() { return ++last_; }

 private:
  LinkId last_ = 0;
};

// The connection to one gateway, made again when it breaks for as long as the registry lists the
// gateway. On the router's loop.
class GatewayLink final : public rpc::CallListener {
 public:
  GatewayLink(rpc::Loop& loop, LinkIds& ids, const Logger& logger, GatewayLinkOwner& owner,
              ServerId gateway);
  ~GatewayLink() override;
  GatewayLink(const GatewayLink&) = delete;
  GatewayLink& operator=(const GatewayLink&) = delete;

  // The registry lists it: under this address, since that start of its process.
  void List(const std::string& address, std::int64_t epoch);
  // The registry no longer does: a link that works goes on, one that breaks is not made again.
  void Unlist() { listed_ = false; }
  bool listed() const { return listed_; }

  bool up() const { return id_ != 0; }
  LinkId id() const { return id_; }

  void Write(rpc::Bytes message) { call_->Write(std::move(message)); }
  // Ends the link, if it is up, and tells the owner.
  void Close(const std::string& reason);

 private:
  void Dial();
  void RetryLater();
  void Down(const std::string& reason);
  void OnStarted() override;
  void OnMessage(rpc::Bytes message) override;
  void OnWritten() override;
  void OnDone(const grpc::Status& status) override;

  rpc::Loop& loop_;
  LinkIds& ids_;
  const Logger& logger_;
  GatewayLinkOwner& owner_;
  const ServerId gateway_;

  bool listed_ = false;
  std::string address_;
  std::int64_t epoch_ = 0;
  LinkId id_ = 0;  // 0: not up.
  RetryDelay delay_;
  rpc::Loop::TimerId timer_ = 0;  // Of the next attempt, or of the one under way.
  std::unique_ptr<rpc::ClientCall> call_;
};

}  // namespace parley::router
