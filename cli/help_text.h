#pragma once

namespace parley::cli {

// Examples first, as clig.dev asks: what `--help` shows above the options of each command.
inline constexpr const char* kShortHelp =
    R"(parley talks in channels of a Parley chat server.

  parley chat                        talk in the channel "general"
  parley send "hello"                send one message; prints where it is stored
  parley listen --json               print messages as they come
  parley who                         who is here

Other commands: channels, history, servers, topics, health, probe. `parley --help` says more.
)";

inline constexpr const char* kExamples =
    R"(  parley chat --user alice
  parley send --channel ops "deploy done"
  parley listen --channel ops --json --count 1
  parley health --server gateway:50051)";

inline constexpr const char* kChatExamples =
    R"(  parley chat --user alice --channel general
  tail -f build.log | parley chat --user builder --channel ops)";

inline constexpr const char* kSendExamples =
    R"(  parley send "hello"
  git log -1 | parley send --channel commits
  parley send --channel @bob "psst"        to the user bob alone
  parley send --id 42 --retry "hello"      after an unknown outcome)";

inline constexpr const char* kListenExamples =
    R"(  parley listen
  parley listen --json --count 10 --timeout 5s
  parley listen --server gateway-1:50051,gateway-2:50051   survives either
  parley listen --after "$POSITION"        what came since, and what comes)";

inline constexpr const char* kWhoExamples = "  parley who --channel general";
inline constexpr const char* kChannelsExamples = "  parley channels --prefix ops";

inline constexpr const char* kHistoryExamples =
    R"(  parley history --limit 20
  parley history --before "$POSITION"      older ones)";

inline constexpr const char* kServersExamples = "  parley servers --presence presence-0:50061";

inline constexpr const char* kTopicsExamples =
    R"(  parley topics ensure --kafka-brokers kafka-1:9092,kafka-2:9092
  parley topics check)";

inline constexpr const char* kHealthExamples =
    R"(  parley health                            asks the gateway at --server
  parley health --admin 127.0.0.1:9102     asks /readyz of any of the services)";

inline constexpr const char* kProbeExamples =
    R"(  parley probe --server gateways:50051 --count 10
  parley probe --server gateway-1:50051,gateway-2:50051 --listen 0.0.0.0:9102)";

inline constexpr const char* kExitCodes =
    R"(Exit codes:
  0  done; a message: stored
  1  not done; a message: not stored
  2  the command line or its input makes no sense
  3  a message may or may not be stored
  4  cannot connect; nothing was sent
  5  listen: out of time before --count messages
  6  listen: not every message could be given)";

}  // namespace parley::cli
