#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "parley/internal/v1/link.pb.h"
#include "services/common/position.h"
#include "services/router/ports.h"

namespace parley::router {

// One end of a link in a test: frames on their way in both directions. The router's side writes one
// frame at a time; the next may start when fewer than `window` lie unread.
struct FakeLink {
  bool up = true;
  std::size_t window = 3;
  bool written_owed = false;
  std::deque<internal::v1::RouterFrame> to_gateway;
  std::deque<internal::v1::GatewayFrame> to_router;
};

// A gateway that follows the cursor rule of DESIGN section 3, with one session per channel. Checks
// as it goes that what a router sends is sound, and throws std::logic_error when it is not.
class FakeGateway final {
 public:
  struct Session {
    std::optional<Offset> at;  // Where it joined.
    Offset lost_through = -1;
    std::vector<Offset> seen;
  };

  FakeGateway(const LogInfo& log, std::size_t routers);

  FakeLink& link(std::size_t router) { return links_.at(router); }
  // A new link; what was served over the old one is asked elsewhere.
  void LinkUp(std::size_t router);
  void LinkDown(std::size_t router);

  void Join(const std::string& channel);
  void Leave(const std::string& channel);
  // Moves a partition to another router, as claims would.
  void Move(Partition partition, std::size_t router);
  // What a deadline does: asks for everything again that no router has answered.
  void AskAgain();

  // Takes the next frame of this router, if there is one.
  bool Receive(std::size_t router);

  bool Joined(const std::string& channel) const { return sessions_.contains(channel); }
  const std::map<std::string, Session>& sessions() const { return sessions_; }
  std::optional<Offset> Cursor(Partition partition) const;
  const std::vector<Partition>& claims(std::size_t router) const { return claims_.at(router); }

 private:
  struct Request {
    bool with_serve = false;
    std::uint64_t number = 0;
  };
  struct Served {
    std::optional<Offset> cursor;
    std::optional<std::size_t> server;
    std::uint64_t serve = 0;
    bool answered = false;
    std::map<std::string, Request> pending;
    std::map<std::string, Offset> attached;
  };
  // What must hold of one serve on one link.
  struct Stream {
    std::uint64_t serve = 0;
    std::optional<Offset> through;
  };

  Served& Of(const std::string& channel);
  void Serve(Partition partition, std::size_t router);
  void Pick(Partition partition);
  void Stop(Partition partition);
  void Attach(Served& served, const std::string& channel, Offset at);
  void OnDeliver(std::size_t router, const internal::v1::Deliver& deliver);
  void OnAdded(std::size_t router, const internal::v1::Added& added);
  void OnLost(std::size_t router, const internal::v1::Lost& lost);
  void CheckOrder(std::size_t router, const internal::v1::Deliver& deliver);

  const LogInfo log_;
  std::vector<FakeLink> links_;
  std::vector<std::map<Partition, Stream>> streams_;  // By router.
  std::vector<std::vector<Partition>> claims_;        // By router.
  std::map<Partition, Served> partitions_;
  std::map<std::string, Session> sessions_;
  std::uint64_t last_add_ = 0;
};

}  // namespace parley::router
