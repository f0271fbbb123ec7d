#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace parley::chaos {

// Stands in front of the link ports of all gateways and breaks the connections of routers and
// presence replicas on demand. One thread of its own, from construction to destruction. Any thread.
class LinkProxies final {
 public:
  // One proxy for each target port on 127.0.0.1.
  explicit LinkProxies(const std::vector<int>& target_ports);
  ~LinkProxies();
  LinkProxies(const LinkProxies&) = delete;
  LinkProxies& operator=(const LinkProxies&) = delete;

  std::string Address(std::size_t proxy) const;  // To be advertised.

  // Closes all connections. New ones are closed at once until `Heal`.
  void Cut(std::size_t proxy);
  // Closes one of the connections, whichever `choice` picks; others and new ones live.
  void CutOne(std::size_t proxy, std::size_t choice);
  enum class Ways { kNone, kFromGateway, kBoth };
  // Nothing passes these ways until `Heal`; nothing is closed, and new connections are taken.
  void Block(std::size_t proxy, Ways ways);
  // The same for one of the connections.
  void BlockOne(std::size_t proxy, std::size_t choice, Ways ways);
  // All of the above is over; what was held back passes.
  void Heal(std::size_t proxy);

  [[nodiscard]] std::size_t Connections(std::size_t proxy) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::chaos
