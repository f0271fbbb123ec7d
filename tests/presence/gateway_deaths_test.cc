#include <array>
#include <cstdio>
#include <sstream>
#include <string_view>

#include "tests/presence/members.h"
#include "tests/presence/world.h"

namespace parley::presence_test {
namespace {

constexpr std::size_t kUsers = 1'000;  // On each gateway that is killed.
constexpr std::size_t kRooms = 10;
constexpr seconds kRightWithin{12};
constexpr seconds kPatience{60};

// What `parley servers` prints of a replica: the first word of each line.
std::set<std::string> ServersByCommand(const Replica& replica) {
  const std::string command =
      std::string(PARLEY_BIN_DIR) + "/parley servers --presence " + replica.address();
  std::string text;
  std::FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::array<char, 4096> part;
  while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe)) {
    text += std::string_view(part.data(), size);
  }
  if (pclose(pipe) != 0) return {"it failed"};
  std::set<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) names.insert(line.substr(0, line.find('\t')));
  return names;
}

// Everybody is in the hall, whose members are told a count because they are so many, and in one of
// the rooms, whose members are told names.
class GatewayDeathsTest : public World {
 protected:
  void KillAndSee(std::size_t gateways, std::size_t killed) {
    StartWorld(gateways);
    for (std::size_t room = 0; room < kRooms; ++room) rooms_.push_back(Fresh("room"));
    for (std::size_t i = 0; i < kRooms; ++i) Enter(stay_, gateways - 1, i, "stays-");
    for (std::size_t i = 0; i < killed * kUsers; ++i) Enter(go_, i % killed, i, "goes-");
    ASSERT_TRUE(SecondsUntil(
        [&] {
          return stay_.AllPresent() && go_.AllPresent() && CountIs(hall_, kRooms + go_.size());
        },
        kPatience));
    ASSERT_TRUE(SecondsUntil([&] { return HallIsTold(kRooms + go_.size()); }, kPatience));
    stay_.ForEach([](Member& member) { member.ForgetTold(); });

    std::set<std::string> living;
    for (std::size_t i = 0; i < gateways; ++i) living.insert(gateway(i).name());
    const auto begin = steady_clock::now();
    for (std::size_t i = 0; i < killed; ++i) {
      gateway(i).Kill();
      living.erase(gateway(i).name());
    }
    const auto right = SecondsUntil(
        [&] { return RostersAreOfThoseWhoStay() && ServersAre(living); }, kRightWithin, begin);
    EXPECT_TRUE(right) << "a replica knows dead users or gateways";
    const auto told = SecondsUntil([&] { return AllAreTold(); }, kRightWithin, begin);
    EXPECT_TRUE(told) << "a member was not told";
    for (const auto& replica : replicas()) EXPECT_EQ(ServersByCommand(*replica), living);
    std::printf(
        "%zu of %zu gateways killed, %zu users on each: every roster and list of servers at %zu "
        "replicas was right after %.1f s, every member had been told after %.1f s\n",
        killed, gateways, kUsers, replicas().size(), right.value_or(-1), told.value_or(-1));
    EXPECT_TRUE(stay_.AllPresent());
  }

 private:
  void Enter(Members& members, std::size_t gateway, std::size_t number, const std::string& stem) {
    members.Add(AddressOf(gateway), {hall_, rooms_[number % kRooms]},
                stem + std::to_string(number));
  }

  bool RostersAreOfThoseWhoStay() {
    if (!RosterIs(hall_, Users("stays-", kRooms))) return false;
    for (std::size_t room = 0; room < kRooms; ++room) {
      if (!RosterIs(rooms_[room], {{"stays-" + std::to_string(room), 1}})) return false;
    }
    return true;
  }

  bool HallIsTold(std::size_t members) {
    bool told = true;
    stay_.ForEach([&](Member& member) { told = told && member.told(hall_).members == members; });
    return told;
  }

  // In the rooms they are told who went: each of those, and nobody else.
  bool AllAreTold() {
    bool told = HallIsTold(kRooms);
    for (std::size_t room = 0; room < kRooms; ++room) {
      std::set<std::string> left;
      for (std::size_t i = room; i < go_.size(); i += kRooms) {
        left.insert("goes-" + std::to_string(i));
      }
      stay_.With(room, [&](Member& member) {
        const Member::Told& of_room = member.told(rooms_[room]);
        told = told && of_room.left == left && of_room.joined.empty() && of_room.members == 1;
      });
    }
    return told;
  }

  const std::string hall_ = Fresh("hall");
  std::vector<std::string> rooms_;
  Members stay_;  // One for each room.
  Members go_;
};

TEST_F(GatewayDeathsTest, OneOfTwoIsKilled) { KillAndSee(2, 1); }

TEST_F(GatewayDeathsTest, TwoOfThreeAreKilledTogether) { KillAndSee(3, 2); }

}  // namespace
}  // namespace parley::presence_test
