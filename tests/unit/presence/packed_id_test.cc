#include "services/presence/registry/packed_id.h"

#include <gtest/gtest.h>

#include <string>

#include "services/common/text.h"
#include "services/gateway/publish/uuid_source.h"

namespace parley::presence {
namespace {

constexpr std::size_t kUuidBytesPacked = 17;

std::string Packed(const std::string& id) { return std::string(PackedId(id).bytes()); }

TEST(PackedIdTest, UuidsTakeFewBytesAndComeBackAsTheyWere) {
  gateway::UuidSource uuids(1);
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = uuids.Next();
    ASSERT_EQ(Packed(id).size(), kUuidBytesPacked);
    ASSERT_EQ(PackedId::IdOf(Packed(id)), id);
  }
  for (const std::string id :
       {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "01234567-89ab-cdef-0123-456789abcdef"}) {
    EXPECT_EQ(Packed(id).size(), kUuidBytesPacked);
    EXPECT_EQ(PackedId::IdOf(Packed(id)), id);
  }
}

TEST(PackedIdTest, OtherIdsStayWhatTheyAre) {
  const std::string uuid = "01234567-89ab-cdef-0123-456789abcdef";
  for (const std::string& id :
       {std::string("a"), std::string(16, 'a'), std::string(17, 'a'), std::string(36, 'a'),
        std::string(36, '-'), std::string(kSessionBytesMax, 'a'), uuid + "0", "{" + uuid + "}",
        std::string("01234567-89AB-CDEF-0123-456789ABCDEF"),
        std::string("0123456789ab-cdef-0123-456789abcdef0"),
        std::string("01234567-89ab-cdef-0123-456789abcdeg"),
        std::string("01234567-89ab-cdef-0123-456789abcd\xc3\xa4")}) {
    EXPECT_EQ(Packed(id), id);
    EXPECT_EQ(PackedId::IdOf(id), id);
  }
}

// One character of a UUID, changed to any other, is another id.
TEST(PackedIdTest, DifferentIdsHaveDifferentBytes) {
  const std::string uuid = "01234567-89ab-cdef-0123-456789abcdef";
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    for (int character = 1; character < 256; ++character) {
      std::string id = uuid;
      id[i] = static_cast<char>(character);
      ASSERT_EQ(PackedId::IdOf(Packed(id)), id);
      ASSERT_EQ(Packed(id) == Packed(uuid), id == uuid);
    }
  }
}

TEST(PackedIdTest, UuidsKeepTheirOrder) {
  gateway::UuidSource uuids(2);
  std::string one = uuids.Next();
  for (int i = 0; i < 10'000; ++i) {
    const std::string other = uuids.Next();
    ASSERT_EQ(Packed(one) < Packed(other), one < other);
    one = other;
  }
}

}  // namespace
}  // namespace parley::presence
