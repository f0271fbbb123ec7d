#include "services/common/process/admin_pages.h"

#include <iterator>
#include <utility>

#include <prometheus/text_serializer.h>

#include "services/common/process/version.h"

namespace parley::process {
namespace {

AdminPage Plain(unsigned status, std::string line) {
  return {status, "text/plain; charset=utf-8", std::move(line) + '\n'};
}

}  // namespace

AdminPages::AdminPages(std::shared_ptr<prometheus::Registry> registry,
                       std::function<std::string()> readiness)
    : registry_(std::move(registry)), readiness_(std::move(readiness)) {}

AdminPage AdminPages::Get(std::string_view path) const {
  if (path == "/metrics") return Metrics();
  if (path == "/healthz") return Plain(200, "ok");
  if (path == "/readyz") return Ready();
  if (path == "/version") {
    return {200, "application/json", std::string(R"({"version":")") + Version() + "\"}\n"};
  }
  return Plain(404, "not found; there are /metrics, /healthz, /readyz and /version");
}

AdminPage AdminPages::Metrics() const {
  std::vector<prometheus::MetricFamily> families = registry_->Collect();
  std::vector<prometheus::MetricFamily> of_process = process_metrics_.Collect();
  families.insert(families.end(), std::make_move_iterator(of_process.begin()),
                  std::make_move_iterator(of_process.end()));
  return {200, "text/plain; version=0.0.4; charset=utf-8",
          prometheus::TextSerializer().Serialize(families)};
}

AdminPage AdminPages::Ready() const {
  const std::string missing = readiness_();
  return missing.empty() ? Plain(200, "ready") : Plain(503, missing);
}

}  // namespace parley::process
