#include "services/router/dedupe/seen_records.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>

namespace parley::router {
namespace {

// A deque and a search through it.
class Model {
 public:
  std::deque<SeenRecord> records;

  const SeenRecord* Latest(const Fingerprint& print) const {
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      if (record->print == print) return &*record;
    }
    return nullptr;
  }
};

// Few prints, whose hashes often collide in a small table.
Fingerprint PrintOf(std::uint64_t number) { return {number * 64, number % 3}; }

TEST(SeenRecordsTest, AreWhatADequeAndASearchAre) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    SeenRecords seen;
    Model model;
    const unsigned pops = 30 + seed;  // Of a hundred: they grow and shrink at different speeds.
    for (Offset offset = 0; offset < 2'000; ++offset) {
      const unsigned roll = static_cast<unsigned>(random() % 100);
      const SeenRecord record{PrintOf(random() % 40), offset, 0};
      if (roll < pops) {
        if (model.records.empty()) continue;
        seen.PopFront();
        model.records.pop_front();
      } else if (roll < pops + 5) {
        seen.PushFront(record);
        model.records.push_front(record);
      } else {
        seen.PushBack(record);
        model.records.push_back(record);
      }
      ASSERT_EQ(seen.size(), model.records.size());
      if (!seen.empty()) {
        ASSERT_EQ(seen.front().offset, model.records.front().offset);
      }
      const Fingerprint print = PrintOf(random() % 40);
      const SeenRecord* const expected = model.Latest(print);
      const SeenRecord* const found = seen.Latest(print);
      ASSERT_EQ(found != nullptr, expected != nullptr);
      if (found != nullptr) {
        ASSERT_EQ(found->offset, expected->offset);
      }
    }
  }
}

}  // namespace
}  // namespace parley::router
