#include "tests/presence/members.h"

#include "tests/presence/patience.h"

namespace parley::presence_test {
namespace {

constexpr std::size_t kOnTheirWayMost = 100;
constexpr seconds kWaitMost{30};

}  // namespace

Members::~Members() {
  loop_.Run([this] { members_.clear(); });
}

void Members::Add(const std::string& gateway, const std::vector<std::string>& channels,
                  const std::string& user) {
  static_cast<void>(
      SecondsUntil([this] { return Count(Member::Where::kJoining) < kOnTheirWayMost; }, kWaitMost));
  loop_.Run([&] { members_.push_back(std::make_unique<Member>(loop_, gateway, channels, user)); });
}

void Members::AddMany(const std::string& gateway, const std::string& channel,
                      const std::string& stem, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) Add(gateway, {channel}, stem + std::to_string(i));
}

std::size_t Members::Count(Member::Where where) {
  std::size_t count = 0;
  ForEach([&](Member& member) { count += member.where() == where ? 1 : 0; });
  return count;
}

void Members::With(std::size_t member, const std::function<void(Member&)>& task) {
  loop_.Run([&] { task(*members_.at(member)); });
}

void Members::ForEach(const std::function<void(Member&)>& task) {
  loop_.Run([&] {
    for (const auto& member : members_) task(*member);
  });
}

}  // namespace parley::presence_test
