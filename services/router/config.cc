#include "services/router/config.h"

#include <optional>

#include "services/common/process/options.h"

namespace parley::router {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;
constexpr std::size_t kGiB = 1024 * kMiB;
constexpr std::size_t kMany = 100'000'000;

void DescribeTail(CoreConfig& core, process::Options& options) {
  options.Section("Tail of a partition");
  options.Size("tail-bytes-max", core.tail.bytes_max, 64 * kKiB, 16 * kGiB,
               "Bytes of recent records in memory; what is older is read from Kafka again.");
  options.Count("tail-records-max", core.tail.records_max, 1, kMany, "Recent records in memory.");
  options.Time("tail-age-max", core.tail.age_max, milliseconds(100), hours(24),
               "Age of records in memory, against the newest.");
  options.Count("dedupe-records-max", core.dedupe.records_max, 1000, kMany,
                "Records that are remembered for the rule of idempotent publishing.");
  options.Time("linger", core.linger, milliseconds(0), hours(1),
               "How long a partition that nobody needs any more is read on.");
}

void DescribeLinks(CoreConfig& core, process::Options& options) {
  LinkConfig& link = core.link;
  options.Section("Links");
  options.Size("deliver-bytes-max", link.deliver_bytes_max, kKiB, 2 * kMiB,
               "Records of one frame.");
  options.Time("claim-interval", link.claim_interval, milliseconds(100), minutes(1),
               "How often gateways are told what this router owns.");
  options.Count("link-reads-max", link.reads_max, 1, 100'000,
                "Unanswered reads of one gateway; more are told to ask again.");
  options.Count("link-history-pages-max", link.history_pages_max, 1, 1024,
                "Partitions of one gateway that are fed from the past at a time.");
  options.Size("page-bytes-max", core.read.page_bytes_max, kKiB, 2 * kMiB,
               "Records of one answer to a read.");
  options.Count("page-records-max", core.read.page_records_max, 1, 100'000,
                "Records of one answer to a read.");
}

void DescribeReaders(RouterConfig& config, process::Options& options) {
  options.Section("Reading Kafka");
  options.Time("look-back", config.history_reader.look_back, seconds(15), hours(1),
               "How far before the end a partition is first read.");
  options.Count("tail-batches-max", config.tail_reader.batches_in_flight_max, 1, 10'000,
                "Batches that are parsed and not yet dealt with.");
  options.Size("history-chunk-bytes-max", config.history_reader.chunk_bytes_max, 16 * kKiB,
               64 * kMiB, "What is read of the past at a time.");
}

}  // namespace

void RouterConfig::Describe(process::Options& options) {
  options.Section("Router");
  options.Text("id", id, "Names this router; by default the host's name and something random.");
  options.Text("admin-listen", admin_listen,
               "Address for /metrics, /healthz, /readyz and /version.");
  options.List("presence", presence_addresses, "Presence replicas, as HOST:PORT.");
  options.Size("content-bytes-max", content_bytes_max, 1, kMiB,
               "Content of one message; the same on every gateway and router.");
  options.Time("hand-over-timeout", hand_over_timeout, milliseconds(0), minutes(1),
               "How long a router that stops serves gateways that have not moved yet.");
  options.Time("leave-timeout", leave_timeout, milliseconds(0), minutes(1),
               "How long Kafka has to hear that this router goes.");
  DescribeTail(core, options);
  DescribeLinks(core, options);
  DescribeReaders(*this, options);
  kafka.Describe(options);
}

}  // namespace parley::router
