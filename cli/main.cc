#include <clocale>
#include <csignal>
#include <exception>
#include <variant>

#include "cli/command_line.h"
#include "cli/output/console.h"

namespace parley::cli {
namespace {

struct Runner {
  const Console& console;

  ExitCode operator()(ExitCode code) const { return code; }
  ExitCode operator()(const ChatOptions& options) const { return RunChat(options, console); }
  ExitCode operator()(const SendOptions& options) const { return RunSend(options, console); }
  ExitCode operator()(const ListenOptions& options) const { return RunListen(options, console); }
  ExitCode operator()(const WhoOptions& options) const { return RunWho(options, console); }
  ExitCode operator()(const ChannelsOptions& options) const {
    return RunChannels(options, console);
  }
  ExitCode operator()(const HistoryOptions& options) const { return RunHistory(options, console); }
  ExitCode operator()(const ServersOptions& options) const { return RunServers(options, console); }
  ExitCode operator()(const TopicsOptions& options) const { return RunTopics(options, console); }
  ExitCode operator()(const HealthOptions& options) const { return RunHealth(options, console); }
  ExitCode operator()(const ProbeOptions& options) const { return RunProbe(options, console); }
};

int Main(int argc, const char* const* argv) {
  // A reader of our output that goes away ends us quietly, even if our parent ignored the signal.
  std::signal(SIGPIPE, SIG_DFL);
  std::setlocale(LC_CTYPE, "C.UTF-8");  // For the widths of characters.
  const Console console;
  try {
    return static_cast<int>(std::visit(Runner{console}, ParseCommandLine(argc, argv, console)));
  } catch (const std::exception& error) {
    console.Complain(error.what());
    return static_cast<int>(ExitCode::kFailed);
  }
}

}  // namespace
}  // namespace parley::cli

int main(int argc, char** argv) { return parley::cli::Main(argc, argv); }
