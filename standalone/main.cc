#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "services/common/clock.h"
#include "services/common/process/run.h"
#include "standalone/announcement.h"
#include "standalone/standalone.h"

namespace parley::standalone {
namespace {

// Waits beside the services until they are ready, and then says so.
class AnnouncedStandalone final : public process::Service {
 public:
  AnnouncedStandalone(const StandaloneConfig& config, const Clock& clock, const Logger& logger,
                      std::string programs)
      : config_(config), programs_(std::move(programs)), standalone_(config, clock, logger) {
    announcer_ = std::thread([this] { AnnounceWhenReady(); });
  }
  ~AnnouncedStandalone() override { StopAnnouncing(); }

  void Stop() override {
    StopAnnouncing();
    standalone_.Stop();
  }

 private:
  void AnnounceWhenReady() {
    while (!standalone_.NotReady().empty()) {
      if (stopping_) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    const Endpoints endpoints = standalone_.endpoints();
    WriteEndpoints(endpoints);
    std::cout << Announcement(endpoints, config_.kafka.brokers.empty(), programs_) << std::flush;
  }

  // Written beside and moved into place, so that nobody reads half of it.
  void WriteEndpoints(const Endpoints& endpoints) const {
    if (config_.print_endpoints.empty()) return;
    const std::string beside = config_.print_endpoints + ".new";
    std::ofstream(beside) << ToJson(endpoints);
    if (std::rename(beside.c_str(), config_.print_endpoints.c_str()) != 0) {
      std::cerr << "cannot write " << config_.print_endpoints << "\n";
    }
  }

  void StopAnnouncing() {
    stopping_ = true;
    if (announcer_.joinable()) announcer_.join();
  }

  const StandaloneConfig config_;
  const std::string programs_;
  Standalone standalone_;
  std::atomic<bool> stopping_ = false;
  std::thread announcer_;  // Last: it uses all of the above.
};

}  // namespace
}  // namespace parley::standalone

int main(int argc, char** argv) {
  parley::standalone::StandaloneConfig config;
  parley::process::LogConfig log;
  parley::process::Options options("parley-standalone",
                                   "All of Parley in one process, to try it and to test with it.");
  config.Describe(options);
  log.Describe(options);
  if (const auto exit_code = options.Parse(argc, argv)) return *exit_code;

  const std::string program = argv[0];
  const std::string programs = program.substr(0, program.rfind('/') + 1);
  const parley::SystemClock clock;
  return parley::process::RunUntilSignal(
      "parley-standalone", log, options, [&](const parley::Logger& logger) {
        return std::make_unique<parley::standalone::AnnouncedStandalone>(config, clock, logger,
                                                                         programs);
      });
}
