#include "services/router/dedupe/seen_records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <random>
#include <string>

namespace parley::router {
namespace {

auto Has(const Fingerprint& print) {
  return [print](const SeenRecord& record) { return record.print == print; };
}

// A deque and a search through it.
class Model {
 public:
  const std::deque<SeenRecord>& records() const { return records_; }

  const SeenRecord* Latest(const Fingerprint& print) const {
    const auto record = std::find_if(records_.rbegin(), records_.rend(), Has(print));
    return record == records_.rend() ? nullptr : &*record;
  }

  void PushBack(SeenRecord record) {
    if (const SeenRecord* const latest = Latest(record.print)) {
      record.time_ms = std::max(record.time_ms, latest->time_ms);
    }
    records_.push_back(record);
  }

  void PushFront(const SeenRecord& record) {
    const auto latest = std::find_if(records_.rbegin(), records_.rend(), Has(record.print));
    if (latest != records_.rend()) latest->time_ms = std::max(latest->time_ms, record.time_ms);
    records_.push_front(record);
  }

  void PopFront() { records_.pop_front(); }

 private:
  std::deque<SeenRecord> records_;
};

// Few prints, whose hashes often collide in a small table.
Fingerprint PrintOf(std::uint64_t number) { return {number * 64, number % 3}; }

TEST(SeenRecordsTest, AreWhatADequeAndASearchAre) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    SeenRecords seen;
    Model model;
    for (Offset offset = 0; offset < 2'000; ++offset) {
      const unsigned pops = offset / 400 % 2 == 0 ? 20 : 80;  // They grow, shrink, grow, ...
      const unsigned roll = static_cast<unsigned>(random() % 100);
      // Clocks go back now and then.
      const SeenRecord record{PrintOf(random() % 40), offset,
                              offset + static_cast<int>(random() % 9)};
      if (roll < pops) {
        if (model.records().empty()) continue;
        seen.PopFront();
        model.PopFront();
      } else if (roll < pops + 5) {
        seen.PushFront(record);
        model.PushFront(record);
      } else {
        seen.PushBack(record);
        model.PushBack(record);
      }
      ASSERT_EQ(seen.size(), model.records().size());
      if (!seen.empty()) {
        ASSERT_EQ(seen.front().offset, model.records().front().offset);
      }
      const Fingerprint print = PrintOf(random() % 40);
      const SeenRecord* const expected = model.Latest(print);
      const SeenRecord* const found = seen.Latest(print);
      ASSERT_EQ(found != nullptr, expected != nullptr);
      if (found != nullptr) {
        ASSERT_EQ(found->offset, expected->offset);
        ASSERT_EQ(found->time_ms, expected->time_ms);
      }
    }
  }
}

}  // namespace
}  // namespace parley::router
