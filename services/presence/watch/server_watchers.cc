#include "services/presence/watch/server_watchers.h"

namespace parley::presence {
namespace {

void Describe(const Server& server, const Registry& registry, internal::v1::Server& description) {
  description.set_id(server.id.value());
  description.set_epoch(server.epoch);
  description.set_link_address(server.link_address);
  description.set_grpc_address(server.grpc_address);
  description.set_draining(server.draining);
  description.set_sessions(static_cast<std::uint32_t>(registry.SessionsOn(server)));
}

}  // namespace

std::optional<ServerWatchers::Id> ServerWatchers::Add() {
  if (watchers_.size() >= config_.watchers_max) return std::nullopt;
  watchers_.emplace(++last_id_, Watcher{});
  return last_id_;
}

void ServerWatchers::Record(const Changes& changes) {
  if (changes.servers.empty()) return;
  for (auto& [id, watcher] : watchers_) {
    if (!watcher.has_snapshot || watcher.too_slow) continue;
    for (const ServerChange& change : changes.servers) watcher.changed.insert(change.server);
    if (watcher.changed.size() <= config_.pending_max) continue;
    watcher.too_slow = true;
    ++cut_off_;
    watcher.changed.clear();
  }
}

std::optional<internal::v1::ServersUpdate> ServerWatchers::Take(Id id, const Registry& registry) {
  Watcher& watcher = watchers_.at(id);
  internal::v1::ServersUpdate update;
  if (!watcher.has_snapshot) {
    watcher.has_snapshot = true;
    update.set_snapshot(true);
    for (const auto& [server_id, server] : registry.servers())
      Describe(server, registry, *update.add_up());
    return update;
  }
  if (watcher.changed.empty()) return std::nullopt;
  for (const ServerId& server_id : watcher.changed) {
    if (const Server* const server = registry.FindServer(server_id)) {
      Describe(*server, registry, *update.add_up());
    } else {
      update.add_down(server_id.value());
    }
  }
  watcher.changed.clear();
  return update;
}

}  // namespace parley::presence
