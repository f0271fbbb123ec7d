#include "tests/integration/logged_copies.h"

#include <algorithm>
#include <iterator>

#include "parley/v1/record.pb.h"

namespace parley::test {

std::vector<LoggedCopy> CopiesIn(const std::vector<DumpedRecord>& dump,
                                 const std::string& channel) {
  std::vector<LoggedCopy> copies;
  for (const DumpedRecord& record : dump) {
    v1::ChatRecord parsed;
    if (record.key != channel || !parsed.ParseFromString(record.value)) continue;
    const auto mark = record.headers.find("parley-retry");
    copies.push_back({parsed.id(), parsed.sender(), record.offset, record.time_ms,
                      mark != record.headers.end() && mark->second == "1"});
  }
  return copies;
}

std::vector<std::string> IdsShown(const std::vector<LoggedCopy>& copies,
                                  std::chrono::milliseconds window,
                                  std::chrono::milliseconds late) {
  std::vector<std::string> shown;
  for (auto copy = copies.begin(); copy != copies.end(); ++copy) {
    const bool repeats = std::any_of(copies.begin(), copy, [&](const LoggedCopy& earlier) {
      if (earlier.id != copy->id || earlier.sender != copy->sender) return false;
      const std::chrono::milliseconds age(copy->time_ms - earlier.time_ms);
      return age <= (copy->retry ? window : late);
    });
    if (!repeats) shown.push_back(copy->id);
  }
  return shown;
}

}  // namespace parley::test
