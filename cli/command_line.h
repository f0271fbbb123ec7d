#pragma once

#include <variant>

#include "cli/commands/channels.h"
#include "cli/commands/chat.h"
#include "cli/commands/health.h"
#include "cli/commands/history.h"
#include "cli/commands/listen.h"
#include "cli/commands/probe.h"
#include "cli/commands/send.h"
#include "cli/commands/servers.h"
#include "cli/commands/topics.h"
#include "cli/commands/who.h"
#include "cli/exit_code.h"
#include "cli/output/console.h"

namespace parley::cli {

// What the command line asks for; an exit code when there is nothing to run: help was shown, or a
// mistake explained.
using Command =
    std::variant<ExitCode, ChatOptions, SendOptions, ListenOptions, WhoOptions, ChannelsOptions,
                 HistoryOptions, ServersOptions, TopicsOptions, HealthOptions, ProbeOptions>;

[[nodiscard]] Command ParseCommandLine(int argc, const char* const* argv, const Console& console);

}  // namespace parley::cli
