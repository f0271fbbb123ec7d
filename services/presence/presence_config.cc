#include "services/presence/presence_config.h"

namespace parley::presence {

void PresenceConfig::Describe(process::Options& options) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  constexpr int kMost = 100'000'000;

  options.Section("Presence");
  options.Text("id", id, "Names this replica in logs.");
  options.Text("listen", listen, "Address for gateways and routers (gRPC).");
  options.Text("admin-listen", admin_listen,
               "Address for /metrics, /healthz, /readyz and /version.");
  options.Time("server-timeout", server_timeout, seconds(1), hours(1),
               "A gateway that is silent for so long is dropped; it is heard every 2 s.");
  options.Time("tick", tick, milliseconds(10), seconds(10),
               "Changes are gathered for so long before watchers are told.");

  options.Section("Limits");
  options.Number("servers-max", servers_max, 1, kMost, "Gateways in the registry.");
  options.Number("sessions-max", sessions_max, 1, kMost,
                 "Sessions in the registry, on all gateways together.");
  options.Number("members-shown-max", members_shown_max, 1, kMost,
                 "Of a channel with more members watchers are told only the count.");
  options.Number("watchers-max", watchers_max, 1, kMost, "Open watches of each kind.");

  kafka.Describe(options);
}

}  // namespace parley::presence
