#include "tests/chaos/service_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

#include "tests/chaos/loopback.h"

namespace parley::chaos {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLook{5};  // Between looks at something that takes its time.

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The number behind `name` in /proc/PID/status.
std::size_t StatusField(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n" + name + ":");
  if (at == std::string::npos) return 0;
  return std::strtoull(text.c_str() + at + name.size() + 2, nullptr, 10);
}

std::string ReadWhole(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

double CpuSeconds(const std::string& stat) {
  const std::size_t behind_name = stat.rfind(')');
  if (behind_name == std::string::npos) return 0;
  std::istringstream fields(stat.substr(behind_name + 1));
  std::string skipped;
  constexpr int kFieldsBeforeUserTime = 11;
  for (int i = 0; i < kFieldsBeforeUserTime; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

ServiceProcess::ServiceProcess(Launcher& launcher, Spec spec)
    : launcher_(launcher), spec_(std::move(spec)) {
  spec_.command.push_back("--admin-listen=" + Loopback(spec_.admin_port));
  spec_.command.push_back("--log-format=json");
}

ServiceProcess::~ServiceProcess() { Kill(); }

void ServiceProcess::Start() {
  const std::lock_guard lock(mutex_);
  if (!Reap(false)) return;
  ending_ = false;
  pid_ = launcher_.Start(spec_.command, spec_.log);
}

void ServiceProcess::Kill() {
  const std::lock_guard lock(mutex_);
  if (Reap(false)) return;
  ending_ = true;
  kill(pid_, SIGKILL);
  Reap(true);
}

void ServiceProcess::Stop() {
  const std::lock_guard lock(mutex_);
  if (!Reap(false)) kill(pid_, SIGSTOP);
}

void ServiceProcess::Continue() {
  const std::lock_guard lock(mutex_);
  if (!Reap(false)) kill(pid_, SIGCONT);
}

std::optional<int> ServiceProcess::Terminate(milliseconds timeout) {
  {
    const std::lock_guard lock(mutex_);
    if (Reap(false)) return std::nullopt;
    ending_ = true;
    kill(pid_, SIGTERM);
  }
  const auto deadline = steady_clock::now() + timeout;
  while (Running()) {
    if (steady_clock::now() > deadline) {
      Kill();
      return std::nullopt;
    }
    std::this_thread::sleep_for(kLook);
  }
  const std::lock_guard lock(mutex_);
  return ExitCode(last_status_);
}

bool ServiceProcess::Running() {
  const std::lock_guard lock(mutex_);
  return !Reap(false);
}

bool ServiceProcess::Reap(bool block) {
  if (pid_ < 0) return true;
  int status = 0;
  if (waitpid(pid_, &status, block ? 0 : WNOHANG) != pid_) return false;
  pid_ = -1;
  last_status_ = status;
  if (!ending_) {
    crashes_.push_back(spec_.name + " ended by itself with " + std::to_string(ExitCode(status)) +
                       ": see " + spec_.log);
  }
  return true;
}

pid_t ServiceProcess::pid() const {
  const std::lock_guard lock(mutex_);
  return pid_;
}

bool ServiceProcess::Ready() const { return HttpGet(spec_.admin_port, "/readyz").has_value(); }

bool ServiceProcess::WaitReady(milliseconds timeout) {
  const auto deadline = steady_clock::now() + timeout;
  constexpr milliseconds kBetweenQuestions{20};
  while (!Ready()) {
    if (!Running() || steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(kBetweenQuestions);
  }
  return true;
}

std::optional<std::string> ServiceProcess::Metrics() const {
  return HttpGet(spec_.admin_port, "/metrics");
}

std::optional<double> ServiceProcess::Metric(const std::string& name) const {
  const std::optional<std::string> metrics = Metrics();
  if (!metrics) return std::nullopt;
  return SumOfSeries(*metrics, name);
}

std::optional<Usage> ServiceProcess::ReadUsage() const {
  const pid_t process = pid();
  if (process < 0) return std::nullopt;
  const std::string folder = "/proc/" + std::to_string(process);
  const std::string status = ReadWhole(folder + "/status");
  Usage usage;
  usage.memory_kib = StatusField(status, "VmRSS");
  usage.threads = StatusField(status, "Threads");
  usage.cpu_seconds = CpuSeconds(ReadWhole(folder + "/stat"));
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder + "/fd", error), end; entry != end;
       entry.increment(error)) {
    ++usage.descriptors;
  }
  if (usage.memory_kib == 0) return std::nullopt;
  return usage;
}

std::vector<std::string> ServiceProcess::crashes() const {
  const std::lock_guard lock(mutex_);
  return crashes_;
}

double SumOfSeries(const std::string& metrics, const std::string& name) {
  double sum = 0;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name) || line.size() <= name.size()) continue;
    const char behind = line[name.size()];
    if (behind != ' ' && behind != '{') continue;
    sum += std::strtod(line.c_str() + line.rfind(' '), nullptr);
  }
  return sum;
}

}  // namespace parley::chaos
