#include "services/router/router_metrics.h"

#include <string>
#include <utility>

#include "services/common/process/histogram.h"

namespace parley::router {
namespace {

// Adds what was counted elsewhere since it was last told.
void Raise(prometheus::Counter& counter, std::uint64_t total, std::uint64_t told) {
  counter.Increment(static_cast<double>(total - told));
}

prometheus::Gauge& Gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Family<prometheus::Counter>& Deliveries(prometheus::Registry& registry) {
  return prometheus::BuildCounter()
      .Name("parley_router_deliveries_total")
      .Help("Records written to links, by where they came from.")
      .Register(registry);
}

prometheus::Family<prometheus::Counter>& Rebalances(prometheus::Registry& registry) {
  return prometheus::BuildCounter()
      .Name("parley_router_rebalances_total")
      .Help("Changes of the partitions that this router owns.")
      .Register(registry);
}

}  // namespace

RouterMetrics::RouterMetrics(prometheus::Registry& registry)
    : record_age(prometheus::BuildHistogram()
                     .Name("parley_router_record_age_seconds")
                     .Help("From a record's append to its arrival here; the newest of each batch.")
                     .Register(registry)
                     .Add({}, process::LatencyBuckets())),
      rebalances_assigned(Rebalances(registry).Add({{"event", "assigned"}})),
      rebalances_revoked(Rebalances(registry).Add({{"event", "revoked"}})),
      registry_(registry),
      tail_bytes_(
          Gauge(registry, "parley_router_tail_bytes", "Memory of the tails of all partitions.")),
      partitions_owned_(Gauge(registry, "parley_router_partitions_owned",
                              "Partitions that the group gave to this router.")),
      partitions_adopted_(Gauge(registry, "parley_router_partitions_adopted",
                                "Partitions of others that gateways asked this router to serve.")),
      links_(Gauge(registry, "parley_router_links", "Links to gateways.")),
      records_(Count("records_total", "Records read at the tails.")),
      duplicates_(Count("duplicates_total", "Repeated publishes that were left out.")),
      tombstones_(Count("tombstones_total", "Records without a value, skipped.")),
      forwarded_(Count("forwarded_total", "Misplaced records sent to where they belong.")),
      losses_(Count("losses_total", "Times that a gateway was told that retention took records.")),
      reads_(Count("reads_total", "Reads of stored messages that gateways asked for.")),
      reads_busy_(Count("reads_busy_total", "Reads that were refused or ran into their deadline.")),
      look_backs_(Count("look_backs_total",
                        "Searches of the past for the first copy of a repeated publish.")),
      look_backs_given_up_(Count("look_backs_given_up_total",
                                 "Such searches that took too long; the record was shown.")),
      history_failures_(
          Count("history_failures_total", "Reads of the past that Kafka did not answer.")),
      readings_interrupted_(
          Count("readings_interrupted_total",
                "Times that a tail was stopped because too much waited for a search.")),
      effects_repeated_(Count("effects_repeated_total",
                              "Dead letters and forwarded records that Kafka refused at first.")),
      logs_recreated_(
          Count("logs_recreated_total",
                "Partitions that were found to end before a place that they once reached.")),
      links_cut_(Count("links_cut_total", "Links that this router ended.")),
      frames_refused_(Count("frames_refused_total", "Frames of gateways that made no sense here.")),
      delivered_from_tail_(Deliveries(registry).Add({{"result", "tail"}})),
      delivered_from_history_(Deliveries(registry).Add({{"result", "history"}})),
      dead_letters_(prometheus::BuildCounter()
                        .Name("parley_router_dead_letters_total")
                        .Help("Unreadable records sent to the dead-letter topic.")
                        .Register(registry)),
      lag_(prometheus::BuildGauge()
               .Name("parley_router_consumer_lag_records")
               .Help("Records between what was read and the end of the log.")
               .Register(registry)) {}

prometheus::Counter& RouterMetrics::Count(const char* name, const char* help) {
  return prometheus::BuildCounter()
      .Name(std::string("parley_router_") + name)
      .Help(help)
      .Register(registry_)
      .Add({});
}

void RouterMetrics::Set(const RouterCore& core) {
  const RouterCounters& counters = core.counters();
  tail_bytes_.Set(static_cast<double>(core.tail_bytes()));
  partitions_owned_.Set(static_cast<double>(core.partitions_owned()));
  partitions_adopted_.Set(static_cast<double>(core.partitions_adopted()));
  links_.Set(static_cast<double>(core.links()));
  Raise(records_, counters.records, told_.records);
  Raise(duplicates_, counters.duplicates, told_.duplicates);
  Raise(tombstones_, counters.skipped, told_.skipped);
  Raise(forwarded_, counters.forwarded, told_.forwarded);
  Raise(losses_, counters.losses, told_.losses);
  Raise(reads_, counters.reads, told_.reads);
  Raise(reads_busy_, counters.reads_busy, told_.reads_busy);
  Raise(look_backs_, counters.look_backs, told_.look_backs);
  Raise(look_backs_given_up_, counters.look_backs_given_up, told_.look_backs_given_up);
  Raise(history_failures_, counters.history_failures, told_.history_failures);
  Raise(readings_interrupted_, counters.readings_interrupted, told_.readings_interrupted);
  Raise(effects_repeated_, counters.effects_repeated, told_.effects_repeated);
  Raise(logs_recreated_, counters.logs_recreated, told_.logs_recreated);
  Raise(links_cut_, counters.links_cut, told_.links_cut);
  Raise(frames_refused_, counters.frames_refused, told_.frames_refused);
  Raise(delivered_from_tail_, counters.delivered_from_tail, told_.delivered_from_tail);
  Raise(delivered_from_history_, counters.delivered_from_history, told_.delivered_from_history);
  for (const auto& [reason, total] : counters.dead_letters) {
    Raise(dead_letters_.Add({{"reason", reason}}), total, told_.dead_letters[reason]);
  }
  told_ = counters;
}

void RouterMetrics::SetLag(const std::vector<std::pair<Partition, std::int64_t>>& lag) {
  std::map<Partition, prometheus::Gauge*> before = std::exchange(lags_, {});
  for (const auto& [partition, records] : lag) {
    const auto known = before.extract(partition);
    prometheus::Gauge* const gauge =
        known ? known.mapped() : &lag_.Add({{"partition", std::to_string(partition)}});
    gauge->Set(static_cast<double>(records));
    lags_.emplace(partition, gauge);
  }
  for (const auto& [partition, gauge] : before) lag_.Remove(gauge);
}

}  // namespace parley::router
