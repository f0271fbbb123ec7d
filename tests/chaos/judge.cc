#include "tests/chaos/judge.h"

#include "tests/oracle/oracle.h"

namespace parley::chaos {

Verdict Judge(const std::vector<Crowd::Record>& records, const LogDump& dump) {
  using Kind = CompactLog::Kind;
  using oracle::Breach;
  Verdict verdict;
  oracle::Oracle oracle(dump.visible);
  for (const Crowd::Record& record : records) {
    for (const CompactLog::Entry& entry : record.log.entries()) {
      verdict.sent += entry.kind == Kind::kInvoke;
      verdict.unknown += entry.kind == Kind::kUnknown;
    }
    // One at a time, since spread out they take ten times the memory.
    oracle.Judge(record.log.Expand(), record.settled);
    if (record.not_recovered > 0) {
      verdict.violations.push_back(record.log.user() + ": a resume was refused");
    }
  }
  oracle.JudgeSends();
  verdict.acked = oracle.acked();
  verdict.delivered = oracle.received();
  verdict.lost = oracle.count(Breach::kLost);
  verdict.duplicated = oracle.count(Breach::kDuplicate);
  verdict.reordered = oracle.count(Breach::kReordered);
  verdict.undetected_gaps = oracle.count(Breach::kUndetectedGap);
  verdict.discontinuities = oracle.discontinuities();
  verdict.violations.insert(verdict.violations.end(), oracle.violations().begin(),
                            oracle.violations().end());
  if (dump.unreadable > 0) {
    verdict.violations.push_back(std::to_string(dump.unreadable) + " records cannot be parsed");
  }
  return verdict;
}

}  // namespace parley::chaos
