#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <prometheus/registry.h>

#include "services/common/process/process_metrics.h"

namespace parley::process {

struct AdminPage {
  unsigned status = 200;
  std::string content_type;
  std::string body;
};

// What the port for operators answers, apart from HTTP.
class AdminPages final {
 public:
  AdminPages(std::shared_ptr<prometheus::Registry> registry,
             std::function<std::string()> readiness);

  [[nodiscard]] AdminPage Get(std::string_view path) const;

 private:
  AdminPage Metrics() const;
  AdminPage Ready() const;

  const std::shared_ptr<prometheus::Registry> registry_;
  const std::function<std::string()> readiness_;
  const ProcessMetrics process_metrics_;
};

}  // namespace parley::process
