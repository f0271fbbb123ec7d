#include "services/common/process/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "services/common/process/version.h"

namespace parley::process {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

// What we want of /proc/self/stat; man proc(5) numbers the fields.
struct Stat {
  double cpu_seconds = 0;         // 14, 15
  double threads = 0;             // 20
  double started_after_boot = 0;  // 22, in seconds
  double virtual_bytes = 0;       // 23
  double resident_bytes = 0;      // 24
};

std::optional<Stat> ReadStat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The second field is the program's name in parentheses, which may hold blanks and parentheses of
  // its own.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  const std::vector<std::string> fields{std::istream_iterator<std::string>(rest), {}};
  constexpr std::size_t kFirst = 3;
  constexpr std::size_t kLast = 24;
  if (fields.size() <= kLast - kFirst) return std::nullopt;

  const auto field = [&](std::size_t number) { return std::stod(fields[number - kFirst]); };
  const auto ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  Stat stat;
  stat.cpu_seconds = (field(14) + field(15)) / ticks_per_second;
  stat.threads = field(20);
  stat.started_after_boot = field(22) / ticks_per_second;
  stat.virtual_bytes = field(23);
  stat.resident_bytes = field(24) * static_cast<double>(sysconf(_SC_PAGESIZE));
  return stat;
}

std::optional<double> BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return std::nullopt;
}

std::optional<double> OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return std::nullopt;
  const auto all = std::distance(begin(entries), end(entries));
  return static_cast<double>(all - 1);  // One of them is this iterator.
}

void Add(std::vector<MetricFamily>& out, MetricType type, std::string name, std::string help,
         double value) {
  prometheus::ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  out.push_back({std::move(name), std::move(help), type, {std::move(metric)}});
}

void AddBuildInfo(std::vector<MetricFamily>& out) {
  Add(out, MetricType::Gauge, "parley_build_info", "1; the labels tell the build.", 1);
  out.back().metric.front().label = {{"version", Version()}, {"compiler", __VERSION__}};
}

void AddStat(std::vector<MetricFamily>& out, const Stat& stat) {
  Add(out, MetricType::Counter, "process_cpu_seconds_total", "User and system time spent.",
      stat.cpu_seconds);
  Add(out, MetricType::Gauge, "process_threads", "Threads.", stat.threads);
  Add(out, MetricType::Gauge, "process_virtual_memory_bytes", "Virtual memory.",
      stat.virtual_bytes);
  Add(out, MetricType::Gauge, "process_resident_memory_bytes", "Resident memory.",
      stat.resident_bytes);
  if (const std::optional<double> boot = BootTime()) {
    Add(out, MetricType::Gauge, "process_start_time_seconds", "Start, in seconds since 1970.",
        *boot + stat.started_after_boot);
  }
}

}  // namespace

std::vector<MetricFamily> ProcessMetrics::Collect() const {
  std::vector<MetricFamily> families;
  AddBuildInfo(families);
  if (const std::optional<Stat> stat = ReadStat()) AddStat(families, *stat);
  if (const std::optional<double> open = OpenDescriptors()) {
    Add(families, MetricType::Gauge, "process_open_fds", "Open descriptors.", *open);
  }
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    Add(families, MetricType::Gauge, "process_max_fds", "Limit of open descriptors.",
        static_cast<double>(limit.rlim_cur));
  }
  return families;
}

}  // namespace parley::process
