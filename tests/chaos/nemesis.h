#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/brokers.h"
#include "tests/chaos/deployment.h"
#include "tests/chaos/fault.h"
#include "tests/chaos/link_proxies.h"
#include "tests/chaos/load.h"
#include "tests/simulation/dice.h"

namespace parley::chaos {

struct NemesisPlan {
  std::chrono::milliseconds duration{60'000};
  std::chrono::milliseconds interval{10'000};  // Between two faults, on average.
  std::chrono::milliseconds span_longest{25'000};
  int burst_factor = 5;
  std::vector<FaultKind> kinds;
};

// Breaks things, as the seed says, and mends them; several at a time, but never all processes of
// one kind. Kinds come in turns, shuffled each time, so that each gets its share.
class Nemesis final {
 public:
  struct Victims {
    Deployment& deployment;
    Brokers& brokers;
    LinkProxies& links;
    Load& load;
  };

  Nemesis(const Victims& victims, NemesisPlan plan, std::uint64_t seed);
  ~Nemesis();

  // Returns when the time is over and everything that was hurt works again.
  void Run();

  // After `Run`. Each fault, by its beginning.
  const std::vector<Fault>& faults() const { return faults_; }
  // What did not go as it must: a process that did not come back, or did not end in order.
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  using Span = std::chrono::milliseconds;
  using Episode = std::function<void()>;  // Mends what was hurt; on a thread of its own.

  void FillDeck();
  // False when nothing of the kind can be hurt now.
  [[nodiscard]] bool Strike(FaultKind kind, bool heavy);
  [[nodiscard]] bool StrikeService(FaultKind kind, ServiceKind service, bool heavy);
  [[nodiscard]] bool StrikeBroker(FaultKind kind, bool heavy);
  [[nodiscard]] bool StrikeLink(FaultKind kind, bool heavy);
  [[nodiscard]] bool StrikeAll(FaultKind kind, bool heavy);
  void HurtService(FaultKind kind, ServiceProcess& process, Span span);
  void RestartService(ServiceProcess& process, Span pause);
  void HurtBrokers(FaultKind kind, const std::vector<int>& nodes, Span span);
  void HurtAll(bool brokers_first, Span span);
  // `busy` is taken until the episode is over.
  void Begin(Fault fault, const std::string& busy, Span span, Episode episode);

  [[nodiscard]] bool IsBusy(const std::string& name);
  std::optional<std::size_t> Choose(const std::string& stem, std::size_t count);
  Span SpanBetween(Span least, Span most);
  void Burst();
  void EndBurst();
  void Sleep(Span span);
  void Complain(const std::string& what);

  const Victims victims_;
  const NemesisPlan plan_;
  simulation::Dice dice_;
  std::int64_t start_us_ = 0;
  std::atomic<std::int64_t> burst_ends_us_{0};
  std::deque<FaultKind> deck_;

  std::mutex mutex_;  // Guards what follows.
  std::set<std::string> busy_;
  std::vector<Fault> faults_;
  std::vector<std::string> complaints_;

  std::vector<std::thread> episodes_;  // Last: they use all of the above.
};

}  // namespace parley::chaos
