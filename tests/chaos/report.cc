#include "tests/chaos/report.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <thread>

#include "services/common/process/version.h"

namespace parley::chaos {
namespace {

std::string Fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string Row(std::initializer_list<std::string> cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + cell + " |";
  return row + "\n";
}

std::string Number(std::size_t value) { return std::to_string(value); }

std::string MemoryOfMachine() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::size_t kib = 0;
  file >> name >> kib;
  return Number(kib / 1024 / 1024) + " GiB";
}

std::string Machine() {
  utsname system{};
  uname(&system);
  return std::string(system.sysname) + " " + system.release + " " + system.machine + ", " +
         Number(std::thread::hardware_concurrency()) + " cores, " + MemoryOfMachine();
}

std::string Today() {
  const std::time_t now = std::time(nullptr);
  tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d", &utc);
  return text;
}

std::size_t CountOf(const std::vector<Fault>& faults, FaultKind kind, bool heavy_only) {
  return static_cast<std::size_t>(std::ranges::count_if(faults, [&](const Fault& fault) {
    return fault.kind == kind && (fault.heavy || !heavy_only);
  }));
}

std::string Messages(const Result& result) {
  const Verdict& verdict = result.verdict;
  return "\n## Messages\n\n| | |\n|---|---|\n" + Row({"sent", Number(verdict.sent)}) +
         Row({"acked", Number(verdict.acked)}) +
         Row({"given up with their outcome unknown", Number(verdict.unknown)}) +
         Row({"delivered, over all receivers", Number(verdict.delivered)}) +
         Row({"**lost**", Number(verdict.lost)}) +
         Row({"**duplicated**", Number(verdict.duplicated)}) +
         Row({"**reordered**", Number(verdict.reordered)}) +
         Row({"**undetected gaps**", Number(verdict.undetected_gaps)}) +
         Row({"discontinuities told", Number(verdict.discontinuities)}) +
         Row({"records in the log", Number(result.records)}) +
         Row({"of them repetitions, shown to nobody", Number(result.repeated)});
}

std::string FaultsTable(const Result& result) {
  std::string text =
      "\n## Faults\n\nA silence is the longest time without a delivery at any receiver whose own "
      "gateway was left alone.\nFaults overlap, so another may be its cause; those beside a fault "
      "of a "
      "broker are not counted.\n\n"
      "| fault | times | under heavy load | silences counted | median | worst |\n"
      "|---|---|---|---|---|---|\n";
  for (const FaultKind kind : kFaultKinds) {
    const std::size_t count = CountOf(result.faults, kind, false);
    if (count == 0) continue;
    const auto found = result.silences.find(kind);
    const Spread silence = found == result.silences.end() ? Spread() : found->second;
    const auto time = [&](double seconds) {
      return silence.count == 0 ? std::string("–") : Fixed(seconds, 2) + " s";
    };
    text += Row({NameOf(kind), Number(count), Number(CountOf(result.faults, kind, true)),
                 Number(silence.count), time(silence.median), time(silence.worst)});
  }
  return text;
}

std::string Times(const Result& result) {
  return "\n## Times\n\n| | median | p99 or worst |\n|---|---|---|\n" +
         Row({"delivery before the faults", Fixed(result.before.median * 1000, 1) + " ms",
              Fixed(result.before.p99 * 1000, 1) + " ms (p99)"}) +
         Row({"delivery after them", Fixed(result.after.median * 1000, 1) + " ms",
              Fixed(result.after.p99 * 1000, 1) + " ms (p99)"}) +
         Row({"client resumed after its gateway's kill -9, " + Number(result.resumes.count) +
                  " times",
              Fixed(result.resumes.median, 2) + " s", Fixed(result.resumes.worst, 2) + " s"});
}

std::string UsageTable(const Result& result) {
  std::string text =
      "\n## What the processes used\n\nAll processes of a kind together, before the faults and at "
      "the end of the quiet.\n\n| | memory, MiB | descriptors | threads |\n|---|---|---|---|\n";
  for (const auto& [kind, before] : result.usage_before) {
    const auto found = result.usage_after.find(kind);
    const Usage after = found == result.usage_after.end() ? Usage() : found->second;
    const auto both = [](std::size_t left, std::size_t right) {
      return Number(left) + " → " + Number(right);
    };
    text += Row({NameOf(kind), both(before.memory_kib / 1024, after.memory_kib / 1024),
                 both(before.descriptors, after.descriptors), both(before.threads, after.threads)});
  }
  return text;
}

std::string CountersTable(const Result& result) {
  std::string text = "\n## What the processes counted\n\n| counter | |\n|---|---|\n";
  for (const auto& [name, value] : result.counters) {
    text += Row({"`" + name + "`", Fixed(value, 0)});
  }
  return text;
}

std::string ViolationList(const Result& result) {
  if (result.violations.empty()) return "";
  constexpr std::size_t kMost = 100;
  std::string text = "\n## Violations\n\n";
  for (std::size_t i = 0; i < result.violations.size() && i < kMost; ++i) {
    text += "- " + result.violations[i] + "\n";
  }
  text += "\n### Some of the messages\n\n";
  for (const std::string& line : result.explanations) text += "- " + line + "\n";
  return text;
}

std::string Headline(const Options& options, const Result& result) {
  return "seed " + std::to_string(options.seed) + ": " + Number(result.faults.size()) +
         " faults, " + Number(result.verdict.acked) + " acked, " +
         Number(result.verdict.delivered) + " delivered: " +
         (result.violations.empty() ? "clean" : "VIOLATIONS " + Number(result.violations.size()));
}

}  // namespace

std::string ReportOf(const Options& options, const Result& result) {
  return "# A chaos run\n\n" + Headline(options, result) + "\n\n| | |\n|---|---|\n" +
         Row({"again", "`./dev chaos" + options.asked + "`"}) +
         Row({"version", std::string(process::Version()) +
                             (options.version.empty() ? "" : ", sources ") + options.version}) +
         Row({"date", Today()}) + Row({"machine", Machine()}) +
         Row({"took", Number(static_cast<std::size_t>(result.took.count())) + " s, " +
                          Fixed(result.harness_cpu_seconds, 0) + " s of CPU for the harness"}) +
         Row({"processes", Number(options.gateways) + " gateways, " + Number(options.routers) +
                               " routers, " + Number(options.presences) +
                               " presence replicas, 3 brokers"}) +
         Row({"clients", Number(options.clients) + " at the socket and " +
                             Number(options.library_clients) + " of the client library, in " +
                             Number(options.channels) + " channels"}) +
         Messages(result) + FaultsTable(result) + Times(result) + UsageTable(result) +
         CountersTable(result) + ViolationList(result);
}

std::string SummaryOf(const Options& options, const Result& result) {
  constexpr std::size_t kMost = 10;
  std::string text;
  for (std::size_t i = 0; i < result.violations.size() && i < kMost; ++i) {
    text += "  " + result.violations[i] + "\n";
  }
  for (const std::string& line : result.explanations) text += "  " + line + "\n";
  text += "again: ./dev chaos" + options.asked + "\n";
  return text + "chaos: " + Headline(options, result) + "\n";
}

}  // namespace parley::chaos
