#include "tests/unit/presence/presence_walk.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "parley/internal/v1/registry.pb.h"
#include "services/presence/directory.h"
#include "tests/unit/presence/walked_gateway.h"

namespace parley::presence {
namespace {

constexpr unsigned kServers = 4;
constexpr unsigned kUsers = 6;
constexpr unsigned kChannels = 5;
constexpr int kSteps = 250;
constexpr std::int64_t kHeartbeatMs = 2'000;

std::string Numbered(const std::string& kind, unsigned number) {
  return kind + "-" + std::to_string(number);
}

class Walk {
 public:
  explicit Walk(unsigned seed) : random_(seed) { StartReplica(); }

  std::optional<std::string> Run() {
    for (int step = 0; step < kSteps; ++step) {
      for (unsigned moves = Roll(3); moves > 0; --moves) Move();
      Pass(1 + Roll(150));
      if (wrong_) return wrong_;
    }
    faults_ = false;
    for (auto& [name, server] : servers_) server.cut_off_until = 0;
    PassUntil(now_ + 4'000);
    CheckLiving();
    PassUntil(now_ + 9'000);
    CheckAll();
    return wrong_;
  }

 private:
  // What is known by one name: a process, when one runs, and all records that it ever wrote.
  struct ServerLog {
    std::unique_ptr<WalkedGateway> gateway{};
    std::vector<ConnectionEvent> log{};
    std::size_t read = 0;
    std::int64_t beat_at = 0;
    std::int64_t cut_off_until = 0;
  };
  using Sessions = std::map<std::string, std::uint32_t>;  // Of each user.

  struct Letter {
    std::int64_t taken_at = 0;
    std::int64_t due_at = 0;
    SnapshotAnswer answer;
  };

  unsigned Roll(std::size_t sides) { return static_cast<unsigned>(random_() % sides); }
  bool Chance(unsigned percent) { return Roll(100) < percent; }
  void Fail(const std::string& what) {
    if (!wrong_) wrong_ = what + " at " + std::to_string(now_) + " ms";
  }

  void Write(ServerLog& server, const ConnectionEvent& event) {
    if (now_ < server.cut_off_until || (faults_ && Chance(4))) return;
    server.log.push_back(event);
  }

  void Move() {
    ServerLog& server = servers_[Numbered("server", Roll(kServers))];
    if (Chance(1)) return StartReplica();
    if (!server.gateway) {
      if (Chance(20)) Start(server);
      return;
    }
    switch (Roll(40)) {
      case 0:
        return Restart(server);
      case 1:
        Write(server, server.gateway->source().Gone());
        return server.gateway.reset();
      case 2:
        return server.gateway.reset();  // As kill -9 does.
      case 3:
        server.cut_off_until = now_ + Roll(15'000);
        return;
      case 4:
      case 5:
        return Repeat(server);
      default:
        return ChangeSessions(server);
    }
  }

  void ChangeSessions(ServerLog& server) {
    WalkedGateway& gateway = *server.gateway;
    if (gateway.seats().empty() || Chance(25)) {
      const std::string session = Numbered("session", ++last_session_);
      return Write(server, gateway.Connect(session, Numbered("user", Roll(kUsers))));
    }
    const auto seat =
        std::next(gateway.seats().begin(), static_cast<long>(Roll(gateway.seats().size())));
    const std::string session = seat->first;
    const std::string channel = Numbered("channel", Roll(kChannels));
    switch (Roll(6)) {
      case 0:
        return Write(server, gateway.Disconnect(session));
      case 1:
        return Write(server, gateway.Leave(session, channel));
      default:
        return Write(server, gateway.Join(session, channel));
    }
  }

  void Start(ServerLog& server) {
    const auto name = std::find_if(servers_.begin(), servers_.end(),
                                   [&](const auto& entry) { return &entry.second == &server; });
    server.gateway = std::make_unique<WalkedGateway>(name->first, ++last_epoch_);
    server.beat_at = 0;
  }

  // The records of the process before may come after those of the new one.
  void Restart(ServerLog& server) {
    const std::unique_ptr<WalkedGateway> old = std::move(server.gateway);
    Start(server);
    Write(server, server.gateway->source().Heartbeat());
    if (Chance(50)) Write(server, old->Connect("late", "ghost"));
    if (Chance(50)) Write(server, old->source().Join("late", "ghost", "channel-0"));
    if (Chance(50)) Write(server, old->source().Heartbeat());
    if (Chance(30)) Write(server, old->source().Gone());
  }

  void Repeat(ServerLog& server) {
    const std::size_t from = server.log.size() - std::min<std::size_t>(server.log.size(), 12);
    const std::size_t to = std::min<std::size_t>(server.log.size(), from + Roll(6));
    const std::vector<ConnectionEvent> again(server.log.begin() + static_cast<long>(from),
                                             server.log.begin() + static_cast<long>(to));
    for (const ConnectionEvent& event : again) {
      // A gateway repeats its own last word only.
      if (event.type != Type::kGone) Write(server, event);
    }
  }

  // A replica that starts reads a part of what there is.
  void StartReplica() {
    DirectoryConfig config;
    config.reads_all = false;
    directory_ = std::make_unique<Directory>(config);
    letters_.clear();
    followed_.clear();
    for (auto& [name, server] : servers_) {
      server.read = server.log.size() - std::min<std::size_t>(server.log.size(), Roll(10));
    }
    watcher_ = directory_->roster_watchers().Add().value();
    for (unsigned channel = 0; channel < kChannels; ++channel) {
      if (!directory_->roster_watchers().Watch(watcher_, ChannelName(Numbered("channel", channel))))
        Fail("no watch");
    }
  }

  void PassUntil(std::int64_t until_ms) {
    while (now_ < until_ms && !wrong_) Pass(100);
  }

  void Pass(std::int64_t milliseconds) {
    now_ += milliseconds;
    for (auto& [name, server] : servers_) {
      if (!server.gateway || now_ - server.beat_at < kHeartbeatMs) continue;
      server.beat_at = now_;
      Write(server, server.gateway->source().Heartbeat());
    }
    Read();
    Deliver();
    Tick();
    CheckTruth();
  }

  // Of each server some, or all.
  void Read() {
    bool all = true;
    for (auto& [name, server] : servers_) {
      const std::size_t left = server.log.size() - server.read;
      const std::size_t count = faults_ && Chance(20) ? Roll(left + 1) : left;
      const auto first = server.log.begin() + static_cast<long>(server.read);
      directory_->Apply({first, first + static_cast<long>(count)}, At(now_));
      server.read += count;
      all = all && count == left;
    }
    if (all) directory_->FollowsLog(At(now_));
  }

  void Tick() {
    const DirectoryStep step = directory_->Tick(At(now_));
    std::vector<ProbeResult> probed;
    for (const ProbeTarget& target : step.probes) {
      const bool gone = servers_[target.server.value()].gateway == nullptr;
      probed.push_back({target.server, target.epoch, gone});
    }
    directory_->Probed(probed);
    for (const SnapshotTarget& target : step.snapshots) {
      Letter letter{.taken_at = now_ + Roll(300), .due_at = 0, .answer = {}};
      letter.due_at = letter.taken_at + Roll(700);
      letter.answer.server = target.server;
      letter.answer.epoch = target.epoch;
      letters_.push_back(std::move(letter));
    }
    Follow();
  }

  void Deliver() {
    for (std::size_t i = 0; i < letters_.size();) {
      Letter& letter = letters_[i];
      if (letter.taken_at <= now_ && letter.answer.pages.empty()) Fill(letter);
      if (letter.due_at > now_) {
        ++i;
        continue;
      }
      const SnapshotAnswer answer = letter.answer;
      letters_.erase(letters_.begin() + static_cast<long>(i));
      static_cast<void>(directory_->Answered(answer, At(now_)));
    }
  }

  void Fill(Letter& letter) {
    const ServerLog& server = servers_[letter.answer.server.value()];
    if (!server.gateway || (faults_ && Chance(20))) return;
    letter.answer.outcome = SnapshotAnswer::Outcome::kGiven;
    letter.answer.pages = server.gateway->Snapshot();
  }

  // Whoever knows only the updates knows the rosters.
  void Follow() {
    while (const auto bytes = directory_->roster_watchers().Take(watcher_)) {
      internal::v1::RosterUpdate update;
      if (!update.ParseFromString(*bytes)) return Fail("an update cannot be read");
      for (const auto& change : update.changes()) {
        Sessions& known = followed_[change.channel()];
        if (change.snapshot()) known.clear();
        for (int i = 0; i < change.joined_size(); ++i) {
          known[change.joined(i)] = change.sessions(i);
        }
        for (const auto& user : change.left()) {
          if (known.erase(user) == 0) Fail(user + " went who was not there");
        }
        if (known.size() != change.members()) Fail("the count is not that of the members");
      }
    }
    for (const auto& [channel, known] : followed_) {
      Sessions members;
      for (const auto& [user, sessions] : directory_->registry().attendance().MembersOf(channel)) {
        members[user.value()] = sessions;
      }
      if (members != known) Fail("a watcher does not know the roster of " + channel);
    }
  }

  std::map<std::string, Seats> Known() const {
    std::map<std::string, Seats> known;
    for (unsigned user = 0; user <= kUsers; ++user) {
      const std::string name = user == kUsers ? "ghost" : Numbered("user", user);
      for (const auto& session : directory_->registry().attendance().SessionsOf(name)) {
        Seat& seat = known[session.server.value()][session.id.value()];
        seat.user = name;
        for (const ChannelName& channel : session.channels) seat.channels.insert(channel.value());
      }
    }
    return known;
  }

  // Where the replica has all changes of a gateway, and misses none, it knows what is true.
  void CheckTruth() {
    const auto known = Known();
    for (const auto& [name, server] : servers_) {
      const Server* const held = directory_->registry().FindServer(ServerId(name));
      if (held == nullptr || !server.gateway || held->epoch != server.gateway->epoch()) continue;
      if (held->incomplete || held->revision != server.gateway->revision()) continue;
      if (SeatsOf(known, name) != server.gateway->seats()) Fail("wrong sessions of " + name);
    }
    CheckCounts(known);
  }

  void CheckCounts(const std::map<std::string, Seats>& known) {
    std::map<std::string, std::map<std::string, std::uint32_t>> rosters;
    std::size_t sessions = 0;
    for (const auto& [server, seats] : known) {
      sessions += seats.size();
      for (const auto& [id, seat] : seats) {
        for (const std::string& channel : seat.channels) ++rosters[channel][seat.user];
      }
    }
    const Attendance& attendance = directory_->registry().attendance();
    if (attendance.sessions() != sessions) Fail("sessions that no user has");
    if (attendance.channels() != rosters.size()) Fail("channels that nobody is in");
    for (const auto& [channel, roster] : rosters) {
      std::map<std::string, std::uint32_t> members;
      for (const auto& [user, count] : attendance.MembersOf(channel)) {
        members[user.value()] = count;
      }
      if (members != roster) Fail("wrong counts in " + channel);
      if (attendance.CountMembers(channel) != roster.size()) Fail("wrong size of " + channel);
    }
  }

  void CheckLiving() {
    const auto known = Known();
    for (const auto& [name, server] : servers_) {
      if (!server.gateway) continue;
      const Server* const held = directory_->registry().FindServer(ServerId(name));
      if (held == nullptr || held->epoch != server.gateway->epoch()) Fail(name + " is missing");
      if (SeatsOf(known, name) != server.gateway->seats()) Fail(name + " is not known in time");
    }
    if (!directory_->ready()) Fail("the replica is not ready");
  }

  void CheckAll() {
    CheckLiving();
    for (const auto& [id, held] : directory_->registry().servers()) {
      if (!servers_[id.value()].gateway) Fail(id.value() + " is a ghost");
    }
  }

  static Seats SeatsOf(const std::map<std::string, Seats>& known, const std::string& server) {
    const auto found = known.find(server);
    return found == known.end() ? Seats() : found->second;
  }

  std::mt19937 random_;
  std::int64_t now_ = 1'000'000;
  bool faults_ = true;
  std::map<std::string, ServerLog> servers_;
  std::int64_t last_epoch_ = 0;
  unsigned last_session_ = 0;

  std::unique_ptr<Directory> directory_;
  RosterWatchers::Id watcher_ = 0;
  std::map<std::string, Sessions> followed_;  // Of each channel.
  std::vector<Letter> letters_;               // Snapshots on their way.
  std::optional<std::string> wrong_;
};

}  // namespace

std::optional<std::string> WalkPresence(unsigned seed) { return Walk(seed).Run(); }

}  // namespace parley::presence
