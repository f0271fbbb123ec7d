#include "services/presence/presence_metrics.h"

#include <string>

namespace parley::presence {
namespace {

using prometheus::Counter;
using prometheus::Gauge;

Gauge& MakeGauge(prometheus::Registry& registry, const std::string& name, const std::string& help,
                 const prometheus::Labels& labels = {}) {
  return prometheus::BuildGauge()
      .Name("parley_presence_" + name)
      .Help(help)
      .Register(registry)
      .Add(labels);
}

Counter& MakeCounter(prometheus::Registry& registry, const std::string& name,
                     const std::string& help, const prometheus::Labels& labels = {}) {
  return prometheus::BuildCounter()
      .Name("parley_presence_" + name)
      .Help(help)
      .Register(registry)
      .Add(labels);
}

Gauge& MakeWatchers(prometheus::Registry& registry, const std::string& of) {
  return MakeGauge(registry, "watchers", "Open watches", {{"of", of}});
}

Counter& MakeDropped(prometheus::Registry& registry, const std::string& reason) {
  return MakeCounter(registry, "servers_dropped_total", "Servers dropped, by reason",
                     {{"reason", reason}});
}

Counter& MakeEvents(prometheus::Registry& registry, const std::string& type) {
  return MakeCounter(registry, "events_total", "Events applied, by type", {{"type", type}});
}

Counter& MakeIgnored(prometheus::Registry& registry, const std::string& reason) {
  return MakeCounter(registry, "events_ignored_total", "Events that were not applied, by reason",
                     {{"reason", reason}});
}

Counter& MakeSnapshots(prometheus::Registry& registry, const std::string& result) {
  return MakeCounter(registry, "snapshots_total", "Gateways asked for their sessions, by result",
                     {{"result", result}});
}

void SetTo(Gauge& gauge, std::size_t value) { gauge.Set(static_cast<double>(value)); }

void AddTo(Counter& counter, std::uint64_t count) {
  if (count > 0) counter.Increment(static_cast<double>(count));
}

}  // namespace

PresenceMetrics::PresenceMetrics(prometheus::Registry& registry)
    : servers(MakeGauge(registry, "servers", "Gateways that live")),
      servers_held_back(
          MakeGauge(registry, "servers_held_back",
                    "Silent gateways that are not dropped because too many are silent")),
      sessions(MakeGauge(registry, "sessions", "Sessions on all gateways")),
      users(MakeGauge(registry, "users", "Users with at least one session")),
      channels(MakeGauge(registry, "channels", "Channels with at least one member")),
      following(
          MakeGauge(registry, "following", "1 while the log is read to its end and Kafka answers")),
      watchers_of_servers(MakeWatchers(registry, "servers")),
      watchers_of_rosters(MakeWatchers(registry, "rosters")),
      watchers_cut_off(
          MakeCounter(registry, "watchers_cut_off_total", "Watches ended for slow reading")),
      dropped_silent(MakeDropped(registry, "silent")),
      dropped_gone(MakeDropped(registry, "gone")),
      events{&MakeEvents(registry, "connect"),   &MakeEvents(registry, "join"),
             &MakeEvents(registry, "leave"),     &MakeEvents(registry, "disconnect"),
             &MakeEvents(registry, "heartbeat"), &MakeEvents(registry, "draining"),
             &MakeEvents(registry, "gone")},
      events_old(MakeIgnored(registry, "old")),
      events_refused(MakeIgnored(registry, "refused")),
      events_unreadable(MakeIgnored(registry, "unreadable")),
      revision_holes(MakeCounter(registry, "revision_holes_total",
                                 "Times that a gateway's changes were found missing")),
      snapshots_used(MakeSnapshots(registry, "used")),
      snapshots_failed(MakeSnapshots(registry, "failed")) {}

void PresenceMetrics::Set(Directory& directory) {
  const Registry& known = directory.registry();
  SetTo(servers, known.servers().size());
  SetTo(servers_held_back, directory.held_back());
  SetTo(sessions, known.attendance().sessions());
  SetTo(users, known.attendance().users());
  SetTo(channels, known.attendance().channels());
  SetTo(watchers_of_servers, directory.server_watchers().size());
  SetTo(watchers_of_rosters, directory.roster_watchers().size());

  const DirectoryCounts counts = directory.TakeCounts();
  for (std::size_t type = 0; type < kEventTypes; ++type) AddTo(*events[type], counts.applied[type]);
  AddTo(events_old, counts.old);
  AddTo(events_refused, counts.refused);
  AddTo(revision_holes, counts.holes);
  AddTo(snapshots_used, counts.snapshots_used);
  AddTo(snapshots_failed, counts.snapshots_failed);
  AddTo(watchers_cut_off, counts.watchers_cut_off);
  AddTo(dropped_silent, counts.dropped_silent);
  AddTo(dropped_gone, counts.dropped_gone);
}

}  // namespace parley::presence
