#include "services/common/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "services/common/log_line.h"

namespace parley {
namespace {

// A process has one stdout, whatever the number of loggers. A line longer than a pipe takes at once
// could otherwise be torn by another thread's.
constinit std::mutex stdout_mutex;
constinit bool stdout_stalls = false;  // Guarded by stdout_mutex.

bool StdoutIsTerminal() { return isatty(STDOUT_FILENO) == 1; }

bool IsSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

// A pipe that says so takes PIPE_BUF bytes without blocking. A reader that is only slow is waited
// for; one that let us wait in vain is not again until it reads.
bool StdoutTakesMore() {
  constexpr int kPatienceMs = 100;
  pollfd out{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  stdout_stalls = poll(&out, 1, stdout_stalls ? 0 : kPatienceMs) != 1;
  return !stdout_stalls && (out.revents & POLLOUT) != 0;
}

// One `write` a line, as a rule. When nobody reads, for now or for good, the line is lost: a log
// must never stop the service.
void WriteLine(std::string_view line) {
  const std::lock_guard lock(stdout_mutex);
  while (!line.empty() && StdoutTakesMore()) {
    const ssize_t written =
        write(STDOUT_FILENO, line.data(), std::min<std::size_t>(line.size(), PIPE_BUF));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Logger::Logger(std::string service, LogLevel level, Format format)
    : service_(std::move(service)),
      level_(level),
      json_(format == Format::kJson || (format == Format::kAuto && !StdoutIsTerminal())),
      colours_(!json_ && StdoutIsTerminal() && !IsSet("NO_COLOR")) {}

Logger Logger::Named(std::string service) const {
  Logger named = *this;
  named.service_ = std::move(service);
  return named;
}

void Logger::Debug(std::string_view message, std::initializer_list<LogField> fields) const {
  Write(LogLevel::kDebug, message, fields);
}

void Logger::Info(std::string_view message, std::initializer_list<LogField> fields) const {
  Write(LogLevel::kInfo, message, fields);
}

void Logger::Warn(std::string_view message, std::initializer_list<LogField> fields) const {
  Write(LogLevel::kWarn, message, fields);
}

void Logger::Error(std::string_view message, std::initializer_list<LogField> fields) const {
  Write(LogLevel::kError, message, fields);
}

void Logger::Write(LogLevel level, std::string_view message,
                   std::initializer_list<LogField> fields) const {
  if (level < level_) return;
  const LogEvent event{std::chrono::system_clock::now(), level, service_, message, fields};
  WriteLine(json_ ? JsonLine(event) : TextLine(event, colours_));
}

}  // namespace parley
