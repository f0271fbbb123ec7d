#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/chaos/deployment.h"

namespace parley::chaos {

// What all processes of each kind use together.
using UsageByKind = std::map<ServiceKind, Usage>;
[[nodiscard]] UsageByKind ReadUsage(Deployment& deployment);

// What of `now` is more than `before` by over a tenth and a little: a line each. `before` and `now`
// are of as many processes with as many clients. Unless routers had read for as long before as they
// had since the last fault, they are allowed what they will keep.
[[nodiscard]] std::vector<std::string> Growth(const UsageByKind& before, const UsageByKind& now,
                                              const Deployment& deployment, bool was_full);

// Adds up counters of processes that are killed and started again meanwhile. What one counted in
// the last seconds before it was killed is lost.
class Counters final {
 public:
  explicit Counters(Deployment& deployment);
  ~Counters();  // Stops looking.

  // Looks once more. By name, those of the list below that are not 0.
  [[nodiscard]] std::map<std::string, double> Totals();

 private:
  void Run();
  void Sample();

  Deployment& deployment_;
  std::mutex mutex_;  // Guards what follows.
  std::condition_variable stop_;
  bool stopping_ = false;
  std::mutex sampling_;                                         // Guards what follows.
  std::map<std::pair<std::string, std::string>, double> last_;  // By process and counter.
  std::map<std::string, double> totals_;

  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace parley::chaos
