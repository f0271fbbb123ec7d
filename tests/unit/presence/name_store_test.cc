#include "services/presence/registry/name_store.h"

#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <random>
#include <string>

namespace parley::presence {
namespace {

TEST(NameStoreTest, NamesOfEveryLengthComeBackAsTheyWere) {
  NameStore names;
  std::map<NamePlace, std::string> known;
  for (std::size_t bytes = 0; bytes <= 255; ++bytes) {
    const std::string name(bytes, static_cast<char>(bytes));
    EXPECT_TRUE(known.emplace(names.Add(name), name).second);
  }
  for (const auto& [place, name] : known) EXPECT_EQ(names[place], name);
}

TEST(NameStoreTest, PlacesAreUsedAgain) {
  NameStore names;
  const NamePlace first = names.Add("ann");
  names.Remove(first);
  EXPECT_EQ(names.Add("bob"), first);
  EXPECT_NE(names.Add("eve"), first);
}

TEST(NameStoreTest, AgreesWithAMapThroughChurn) {
  std::mt19937 random(1);
  NameStore names;
  std::map<NamePlace, std::string> known;
  for (int step = 0; step < 100'000; ++step) {
    if (known.size() > 3'000 || (!known.empty() && random() % 3 == 0)) {
      const auto gone = known.lower_bound(static_cast<NamePlace>(random() % 200'000));
      const auto any = gone == known.end() ? known.begin() : gone;
      ASSERT_EQ(names[any->first], any->second);
      names.Remove(any->first);
      known.erase(any);
    } else {
      const std::string name(random() % 256, static_cast<char>('a' + random() % 26));
      ASSERT_TRUE(known.emplace(names.Add(name), name).second) << "two names in one place";
    }
  }
  for (const auto& [place, name] : known) ASSERT_EQ(names[place], name);
}

}  // namespace
}  // namespace parley::presence
