#pragma once

#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace parley::gateway {

// What the announcer counts. Thread-safe.
struct AnnouncerMetrics {
  explicit AnnouncerMetrics(prometheus::Registry& registry)
      : stored(Announcements(registry, "stored")),
        failed(Announcements(registry, "failed")),
        pending(prometheus::BuildGauge()
                    .Name("parley_gateway_announcements_pending")
                    .Help("Sessions that presence has not been told all of")
                    .Register(registry)
                    .Add({})),
        forgotten(prometheus::BuildCounter()
                      .Name("parley_gateway_announcements_forgotten_total")
                      .Help("Sessions that went and that presence could not be told of")
                      .Register(registry)
                      .Add({})) {}

  prometheus::Counter& stored;
  prometheus::Counter& failed;  // Told again later.
  prometheus::Gauge& pending;
  prometheus::Counter& forgotten;

 private:
  static prometheus::Counter& Announcements(prometheus::Registry& registry,
                                            const std::string& result) {
    return prometheus::BuildCounter()
        .Name("parley_gateway_announcements_total")
        .Help("Records of user-connections, by what became of them")
        .Register(registry)
        .Add({{"result", result}});
  }
};

}  // namespace parley::gateway
