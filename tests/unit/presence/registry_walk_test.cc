// A seeded random walk of gateways, users and a log that repeats and delays, compared with a model
// that knows only sets.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "services/presence/registry/registry.h"
#include "tests/unit/presence/events.h"

namespace parley::presence {
namespace {

// What is true: which sessions are on which server, and where they are joined.
struct Model {
  struct SessionModel {
    std::string user;
    std::set<std::string> channels;
  };
  std::map<std::string, std::map<std::string, SessionModel>> servers;

  std::map<std::string, std::map<std::string, std::uint32_t>> Rosters() const {
    std::map<std::string, std::map<std::string, std::uint32_t>> rosters;
    for (const auto& [server, sessions] : servers) {
      for (const auto& [id, session] : sessions) {
        for (const std::string& channel : session.channels) ++rosters[channel][session.user];
      }
    }
    return rosters;
  }
  std::size_t Sessions() const {
    std::size_t count = 0;
    for (const auto& [server, sessions] : servers) count += sessions.size();
    return count;
  }
};

class Walk {
 public:
  explicit Walk(unsigned seed) : random_(seed) {}

  void Step() {
    const std::string server = Pick("server", 4);
    const auto found = sources_.find(server);
    if (found == sources_.end()) return Start(server);
    EventSource& source = found->second;
    auto& sessions = model_.servers[server];
    switch (random_() % 12) {
      case 0:
        return Restart(server);
      case 1:
        return Stop(server);
      case 2:
        return Evict(server);
      case 3:
        return Repeat(server);
      case 4:
        return Tell(server, source.Heartbeat());
      case 5:
      case 6:
        return Connect(source, server);
      default:
        break;
    }
    if (sessions.empty()) return;
    auto session = std::next(sessions.begin(), static_cast<long>(random_() % sessions.size()));
    const std::string channel = Pick("channel", 5);
    switch (random_() % 5) {
      case 0:
        Tell(server, source.Disconnect(session->first, session->second.user));
        sessions.erase(session);
        break;
      case 1:
        Tell(server, source.Leave(session->first, session->second.user, channel));
        session->second.channels.erase(channel);
        break;
      default:
        Tell(server, source.Join(session->first, session->second.user, channel));
        session->second.channels.insert(channel);
    }
  }

  void Check() {
    const auto expected = model_.Rosters();
    std::map<std::string, std::map<std::string, std::uint32_t>> rosters;
    for (const auto& [channel, members] : registry_.channels()) {
      for (const auto& [user, sessions] : members)
        rosters[channel.value()][user.value()] = sessions;
    }
    ASSERT_EQ(rosters, expected);
    ASSERT_EQ(registry_.sessions(), model_.Sessions());
    // Whoever followed only the changes knows the same.
    std::map<std::string, std::set<std::string>> told;
    for (const auto& [channel, members] : expected) {
      for (const auto& [user, sessions] : members) told[channel].insert(user);
    }
    ASSERT_EQ(followed_, told);
    std::set<std::string> users;
    for (const auto& [server, sessions] : model_.servers) {
      for (const auto& [id, session] : sessions) {
        users.insert(session.user);
        ASSERT_FALSE(registry_.SessionsOf(UserId(session.user)).empty());
      }
    }
    ASSERT_EQ(registry_.users(), users.size());
  }

 private:
  std::string Pick(const std::string& kind, unsigned count) {
    return kind + "-" + std::to_string(random_() % count);
  }

  void Tell(const std::string& server, const ConnectionEvent& event) {
    log_[server].push_back(event);
    Changes changes;
    static_cast<void>(registry_.Apply(event, At(++now_), changes));
    Follow(changes);
  }

  void Follow(const Changes& changes) {
    for (const MembershipChange& change : changes.memberships) {
      auto& users = followed_[change.channel.value()];
      if (change.joined) {
        ASSERT_TRUE(users.insert(change.user.value()).second);
      } else {
        ASSERT_EQ(users.erase(change.user.value()), 1U);
      }
      if (users.empty()) followed_.erase(change.channel.value());
    }
  }

  void Start(const std::string& server) {
    sources_.insert_or_assign(server, EventSource(server, ++epoch_));
    model_.servers[server].clear();
    Tell(server, sources_.at(server).Heartbeat());
  }

  // A crash and a new start under the same name; the old process's last events may come late.
  void Restart(const std::string& server) {
    EventSource old = sources_.at(server);
    Start(server);
    if (random_() % 2 == 0) Tell(server, old.Connect("late", "ghost"));
    if (random_() % 2 == 0) Tell(server, old.Join("late", "ghost", "channel-0"));
    if (random_() % 2 == 0) Tell(server, old.Gone());
    if (random_() % 2 == 0) Tell(server, old.Heartbeat());
  }

  void Stop(const std::string& server) {
    Tell(server, sources_.at(server).Gone());
    if (random_() % 2 == 0) Tell(server, sources_.at(server).Heartbeat());
    Forget(server);
  }

  void Evict(const std::string& server) {
    Changes changes;
    registry_.Drop(ServerId(server), changes);
    Follow(changes);
    Forget(server);
  }

  void Forget(const std::string& server) {
    sources_.erase(server);
    model_.servers.erase(server);
  }

  // A producer that lost its connection repeats what it is not sure of.
  void Repeat(const std::string& server) {
    const std::vector<ConnectionEvent> log = log_[server];
    const std::size_t from = log.size() - std::min<std::size_t>(log.size(), 1 + random_() % 8);
    const std::size_t to = std::min<std::size_t>(log.size(), from + random_() % 6);
    for (std::size_t i = from; i < to; ++i) {
      Changes changes;
      static_cast<void>(registry_.Apply(log[i], At(++now_), changes));
      Follow(changes);
    }
  }

  void Connect(EventSource& source, const std::string& server) {
    const std::string session = "session-" + std::to_string(++session_);
    const std::string user = Pick("user", 6);
    Tell(server, source.Connect(session, user));
    model_.servers[server][session].user = user;
  }

  std::mt19937 random_;
  Registry registry_;
  Model model_;
  std::map<std::string, EventSource> sources_;
  std::map<std::string, std::vector<ConnectionEvent>> log_;
  std::map<std::string, std::set<std::string>> followed_;
  std::int64_t epoch_ = 0;
  std::int64_t now_ = 0;
  int session_ = 0;
};

TEST(RegistryWalkTest, AgreesWithTheModelAtEveryStep) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Walk walk(seed);
    for (int step = 0; step < 400; ++step) {
      walk.Step();
      walk.Check();
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace parley::presence
