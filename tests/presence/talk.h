#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace parley::presence_test {

// People who talk in channels of their own, in a process of their own (presence_talk): what they
// wait for is Parley's time, not that of the thousands of clients in this process.
class Talk final {
 public:
  // Returns when all are in; throws when they are not in time. Writes into the folder.
  Talk(const std::vector<std::string>& gateways, const std::filesystem::path& folder);

  using Span = std::pair<std::int64_t, std::int64_t>;  // Microseconds since 1970.
  // Ends the talk. The p99 of deliveries in each of the spans, in seconds.
  std::vector<double> EndWithP99s(const std::vector<Span>& spans);

 private:
  struct Close {
    void operator()(std::FILE* pipe) const { pclose(pipe); }
  };

  const std::filesystem::path answers_;
  std::unique_ptr<std::FILE, Close> process_;
};

}  // namespace parley::presence_test
