#include "cli/probe/probe_metrics.h"

#include <chrono>

#include "services/common/process/histogram.h"

namespace parley::cli {
namespace {

prometheus::Counter* Messages(prometheus::Registry& registry, const char* result) {
  return &prometheus::BuildCounter()
              .Name("parley_probe_messages_total")
              .Help("Messages of the probe, by what became of them.")
              .Register(registry)
              .Add({{"result", result}});
}

prometheus::Histogram& Latency(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add(
      {}, process::LatencyBuckets());
}

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

ProbeMetrics::ProbeMetrics(prometheus::Registry& registry)
    : messages_{Messages(registry, "delivered"), Messages(registry, "lost"),
                Messages(registry, "not_stored"), Messages(registry, "unknown"),
                Messages(registry, "unreachable")},
      publish_seconds_(
          Latency(registry, "parley_probe_publish_duration_seconds", "From sending to the ack.")),
      delivery_seconds_(Latency(registry, "parley_probe_delivery_duration_seconds",
                                "From sending to receiving through another gateway.")),
      gateways_(prometheus::BuildGauge()
                    .Name("parley_probe_gateways")
                    .Help("Addresses of gateways that were found.")
                    .Register(registry)
                    .Add({})) {}

void ProbeMetrics::Count(const ProbeResult& result) {
  messages_[static_cast<std::size_t>(result.outcome)]->Increment();
  if (result.acked) publish_seconds_.Observe(Seconds(*result.acked));
  if (result.delivered) delivery_seconds_.Observe(Seconds(*result.delivered));
}

void ProbeMetrics::SetGateways(std::size_t count) { gateways_.Set(static_cast<double>(count)); }

}  // namespace parley::cli
