#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/common/rpc/loop.h"
#include "tests/chaos/client.h"
#include "tests/chaos/compact_log.h"
#include "tests/chaos/library_client.h"
#include "tests/chaos/load.h"

namespace parley::chaos {

struct CrowdSize {
  std::size_t clients = 200;
  std::size_t library_clients = 12;  // Beside them.
  std::size_t channels = 40;
  std::size_t threads = 2;
};

// All clients of a run, most of them on a few threads. They connect and talk from construction on.
class Crowd final {
 public:
  Crowd(const CrowdSize& size, const ClientSettings& settings, std::uint64_t seed);
  ~Crowd();

  Load& load() { return load_; }
  // What keeps clients from being in all their channels with nothing unacked; empty: all are.
  [[nodiscard]] std::vector<std::string> Unsettled();
  // The same, once it is empty or the time is over.
  [[nodiscard]] std::vector<std::string> WaitUntilSettled(std::chrono::milliseconds most);
  // Messages that were acked so far.
  [[nodiscard]] std::size_t Acked();
  // Ends all clients, at once. What they wrote down stays, and nothing is added to it.
  void End();

  // After `End`. Of a client of the library there are two: what the library told, and what it was
  // sent, without attachments.
  struct Record {
    const CompactLog& log;
    const std::vector<Attachment>& attachments;
    bool settled = false;
    std::size_t not_recovered = 0;
    std::size_t channels = 0;  // That it wants to be in.
  };
  [[nodiscard]] std::vector<Record> Records() const;

 private:
  struct Thread {
    explicit Thread(const std::string& name) : loop(name) {}

    Words words;
    std::vector<std::unique_ptr<Client>> clients;
    bool ended = false;
    rpc::Loop loop;  // Last: runs everything above.
  };

  const ClientSettings settings_;
  const std::vector<Attachment> none_;
  Load load_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::vector<std::unique_ptr<LibraryClient>> library_clients_;
};

}  // namespace parley::chaos
