#include "services/common/process/run.h"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <string_view>

namespace parley::process {
namespace {

LogLevel LevelOf(const std::string& name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warn") return LogLevel::kWarn;
  if (name == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

Logger::Format FormatOf(const std::string& name) {
  if (name == "json") return Logger::Format::kJson;
  if (name == "text") return Logger::Format::kText;
  return Logger::Format::kAuto;
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// By default glibc takes blocks as large as any that were freed from its heaps, among what stays,
// and keeps twice as much at the end of each, which `malloc_trim` does not reach
// (docs/adr/0012).
void BoundWhatIsKept() {
  constexpr int kMappedFrom = 128 * 1024;
  constexpr int kKeptAtTheEnd = 512 * 1024;
  mallopt(M_MMAP_THRESHOLD, kMappedFrom);
  mallopt(M_TRIM_THRESHOLD, kKeptAtTheEnd);
}

// Meanwhile gives back to the system what was freed: glibc would keep what a burst once took
// (docs/adr/0012).
int WaitFor(const sigset_t& signals) {
  constexpr timespec kBetweenTrims{.tv_sec = 30, .tv_nsec = 0};
  while (true) {
    const int received = sigtimedwait(&signals, nullptr, &kBetweenTrims);
    if (received > 0) return received;
    if (errno == EAGAIN) malloc_trim(0);
  }
}

// From here on a signal ends the process at once, whatever else it is doing. All other threads have
// the signals blocked, so it is this one that takes it, in the middle of `Stop`.
void ExitAtNextSignal(const sigset_t& signals) {
  struct sigaction action = {};
  action.sa_handler = [](int) { _exit(1); };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

// Sockets are what a service runs out of first. Returns the limit that holds.
std::int64_t RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::int64_t>(limit.rlim_cur);
}

// For a field of the log, where newlines would show as `\n`.
std::string OnOneLine(std::string_view lines) {
  std::string line;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (!line.empty()) line += "; ";
    line += lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return line;
}

}  // namespace

void LogConfig::Describe(Options& options) {
  options.Section("Logging");
  options.Choice("log-level", level, {"debug", "info", "warn", "error"},
                 "The least level that is logged.");
  options.Choice("log-format", format, {"auto", "json", "text"},
                 "JSON lines or text; auto is text on a terminal and JSON elsewhere.");
}

int RunUntilSignal(const std::string& program, const LogConfig& log, const Options& options,
                   const std::function<std::unique_ptr<Service>(const Logger& logger)>& make) {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // Before there are threads: they inherit it.
  signal(SIGPIPE, SIG_IGN);                       // A peer that is gone is an error of one write.
  BoundWhatIsKept();

  const Logger logger(program, LevelOf(log.level), FormatOf(log.format));
  logger.Info("starting", {{"version", Version()},
                           {"pid", static_cast<std::int64_t>(getpid())},
                           {"descriptors_max", RaiseDescriptorLimit()},
                           {"config", OnOneLine(options.Effective())}});
  std::unique_ptr<Service> service;
  try {
    service = make(logger);
  } catch (const std::exception& error) {
    logger.Error("could not start", {{"reason", error.what()}});
    return 1;
  }
  logger.Info("started");

  const int received = WaitFor(signals);
  logger.Info("stopping", {{"signal", received == SIGINT ? "SIGINT" : "SIGTERM"}});
  ExitAtNextSignal(signals);
  service->Stop();
  service.reset();
  logger.Info("stopped");
  return 0;
}

}  // namespace parley::process
