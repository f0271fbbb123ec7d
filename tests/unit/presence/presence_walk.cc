#include "tests/unit/presence/presence_walk.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "parley/internal/v1/registry.pb.h"
#include "services/presence/directory.h"
#include "tests/unit/presence/presence_truth.h"
#include "tests/unit/presence/walked_servers.h"

namespace parley::presence {
namespace {

constexpr int kSteps = 60;

class Walk {
 public:
  Walk(unsigned seed, WalkedFaults& met) : dice_(seed), met_(met) { StartReplica(); }

  std::optional<std::string> Run() {
    for (int step = 0; step < kSteps && !wrong_; ++step) {
      for (unsigned moves = dice_.Roll(8); moves > 0; --moves) servers_.Move(now_);
      if (dice_.Chance(1)) StartReplica();
      Pass(1 + dice_.Roll(dice_.Chance(10) ? 3'000 : 150));
      if (dice_.Chance(20)) Note(WrongNow(*directory_, servers_));
    }
    faults_ = false;
    servers_.Calm();
    PassUntil(now_ + 4'000, 200);
    Note(WrongOfTheLiving(*directory_, servers_));
    PassUntil(now_ + 9'000, 500);
    Note(WrongInTheEnd(*directory_, servers_));
    Note(WrongNow(*directory_, servers_));
    CountWhatItMet();
    return wrong_;
  }

 private:
  using Sessions = std::map<std::string, std::uint32_t>;  // Of each user.

  // A snapshot on its way.
  struct Letter {
    std::int64_t next_at = 0;  // When its next page is made, or it arrives.
    std::optional<std::string> next_after = "";
    std::optional<std::uint64_t> revision{};
    SnapshotAnswer answer{};
  };

  void Note(const std::optional<std::string>& wrong) {
    if (wrong && !wrong_) wrong_ = *wrong + " at " + std::to_string(now_) + " ms";
  }

  // It begins near the end of the log.
  void StartReplica() {
    CountWhatItMet();
    DirectoryConfig config;
    config.reads_all = false;
    directory_ = std::make_unique<Directory>(config);
    letters_.clear();
    followed_.clear();
    for (const auto& [name, server] : servers_.all()) {
      const std::size_t written = server.log.size();
      read_[name] = written - std::min<std::size_t>(written, dice_.Roll(10));
    }
    watcher_ = directory_->roster_watchers().Add().value();
    for (unsigned channel = 0; channel < WalkedServers::kChannels; ++channel) {
      if (!directory_->roster_watchers().Watch(watcher_, ChannelName(Numbered("channel", channel))))
        Note("no watch");
    }
  }

  void PassUntil(std::int64_t until_ms, std::int64_t step_ms) {
    while (now_ < until_ms && !wrong_) Pass(step_ms);
  }

  void Pass(std::int64_t milliseconds) {
    now_ += milliseconds;
    servers_.Beat(now_);
    Read();
    for (Letter& letter : std::exchange(letters_, {})) Carry(std::move(letter));
    Tick();
    Follow();
  }

  // Of each server some, or all.
  void Read() {
    bool all = true;
    for (const auto& [name, server] : servers_.all()) {
      std::size_t& read = read_[name];
      const std::size_t left = server.log.size() - read;
      const std::size_t count = faults_ && dice_.Chance(20) ? dice_.Roll(left + 1) : left;
      all = all && count == left;
      if (count == 0) continue;
      const auto first = server.log.begin() + static_cast<std::ptrdiff_t>(read);
      directory_->Apply({first, first + static_cast<std::ptrdiff_t>(count)}, At(now_));
      read += count;
    }
    if (all) directory_->FollowsLog(At(now_));
  }

  void Tick() {
    const DirectoryStep step = directory_->Tick(At(now_));
    std::vector<ProbeResult> probed;
    for (const ProbeTarget& target : step.probes) {
      const bool gone = servers_.all().at(target.server.value()).gateway == nullptr;
      probed.push_back({target.server, target.epoch, gone});
    }
    directory_->Probed(probed);
    for (const SnapshotTarget& target : step.snapshots) {
      Letter letter{.next_at = now_ + dice_.Roll(300)};
      letter.answer.server = target.server;
      letter.answer.epoch = target.epoch;
      letter.answer.question = target.question;
      letters_.push_back(std::move(letter));
    }
  }

  // Its next page, or all that are left; in the end it arrives.
  void Carry(Letter letter) {
    if (letter.next_at <= now_ && letter.next_after) {
      do {
        TakePage(letter);
      } while (letter.next_after && (!faults_ || dice_.Chance(50)));
      letter.next_at = now_ + dice_.Roll(letter.next_after ? 150 : 500);
    }
    if (letter.next_at > now_ || letter.next_after) {
      letters_.push_back(std::move(letter));
    } else {
      Hand(letter.answer);
    }
  }

  // It may be older than what was read meanwhile.
  void Hand(const SnapshotAnswer& answer) {
    const auto known = [&] {
      const Server* const server = directory_->registry().FindServer(answer.server);
      return server != nullptr && server->epoch == answer.epoch ? server->revision : 0;
    };
    const std::uint64_t before = known();
    static_cast<void>(directory_->Answered(answer, At(now_)));
    if (known() < before) Note("a snapshot took back what was known of " + answer.server.value());
  }

  void TakePage(Letter& letter) {
    const std::string after = *std::exchange(letter.next_after, std::nullopt);
    const WalkedServer& server = servers_.all().at(letter.answer.server.value());
    if (!server.gateway || (faults_ && dice_.Chance(10))) return;  // The call breaks.
    WalkedGateway::Page page = server.gateway->PageAfter(after, letter.revision);
    letter.revision = page.revision;
    letter.answer.pages.push_back(std::move(page.bytes));
    letter.next_after = std::move(page.next_after);
    if (!letter.next_after) letter.answer.outcome = SnapshotAnswer::Outcome::kGiven;
  }

  // Whoever knows only the updates knows the rosters.
  void Follow() {
    bool told = false;
    while (const auto bytes = directory_->roster_watchers().Take(watcher_)) {
      internal::v1::RosterUpdate update;
      if (!update.ParseFromString(*bytes)) return Note("an update cannot be read");
      for (const auto& change : update.changes()) FollowChange(change);
      told = true;
    }
    if (!told && !dice_.Chance(10)) return;
    for (const auto& [channel, known] : followed_) {
      Sessions members;
      for (const auto& [user, sessions] : directory_->registry().attendance().MembersOf(channel)) {
        members[user.value()] = sessions;
      }
      if (members != known) Note("a watcher does not know the roster of " + channel);
    }
  }

  void FollowChange(const internal::v1::RosterChange& change) {
    Sessions& known = followed_[change.channel()];
    if (change.snapshot()) known.clear();
    for (int i = 0; i < change.joined_size(); ++i) known[change.joined(i)] = change.sessions(i);
    for (const auto& user : change.left()) {
      if (known.erase(user) == 0) Note(user + " went who was not there");
    }
    if (known.size() != change.members()) Note("the count is not that of the members");
  }

  void CountWhatItMet() {
    if (!directory_) return;
    const DirectoryCounts counts = directory_->TakeCounts();
    met_.holes += counts.holes;
    met_.old += counts.old;
    met_.dropped += counts.dropped_silent + counts.dropped_gone;
    met_.snapshots_used += counts.snapshots_used;
    met_.snapshots_failed += counts.snapshots_failed;
  }

  WalkedDice dice_;
  WalkedFaults& met_;
  std::int64_t now_ = 1'000'000;
  bool faults_ = true;
  WalkedServers servers_{dice_};

  std::unique_ptr<Directory> directory_;
  std::map<std::string, std::size_t> read_;  // Of each server's log.
  RosterWatchers::Id watcher_ = 0;
  std::map<std::string, Sessions> followed_;  // Of each channel.
  std::vector<Letter> letters_;
  std::optional<std::string> wrong_;
};

}  // namespace

std::optional<std::string> WalkPresence(unsigned seed, WalkedFaults& faults) {
  return Walk(seed, faults).Run();
}

std::string HowToReplay(unsigned seed) {
  return "PARLEY_WALK_SEED=" + std::to_string(seed) +
         " presence_core_test --gtest_filter='PresenceWalkTest.*'";
}

}  // namespace parley::presence
