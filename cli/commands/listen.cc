#include "cli/commands/listen.h"

#include <algorithm>
#include <chrono>

#include "cli/output/back_again.h"
#include "cli/output/json_lines.h"
#include "cli/output/message_text.h"
#include "cli/output/sanitize.h"
#include "client/client.h"
#include "client/direct_message.h"

namespace parley::cli {
namespace {

// The direct messages of the listener.
bool IsOwn(const ListenOptions& options) {
  return options.connection.channel_name() == PersonalChannelOf(UserId(options.connection.user));
}

class Listener final {
 public:
  Listener(const ListenOptions& options, const Console& console, client::Session& session)
      : options_(options), console_(console), session_(session) {}

  ExitCode Run() {
    const auto joined = IsOwn(options_) ? session_.WaitForPersonalChannel()
                                        : session_.Join(options_.connection.channel_name(),
                                                        client::PositionToken(options_.after));
    if (!joined) {
      console_.Complain(ForTerminal(Explain(joined.error, options_.connection)));
      return ExitCodeOf(joined.error);
    }
    console_.Note("listening to " + ForTerminal(options_.connection.channel) + " from " +
                  ForTerminal(joined->position.value()) + " on");
    if (!options_.after.empty() && joined->recovery != client::Recovery::kComplete) {
      Incomplete(std::string("what came after the position is not all there (") +
                 NameOf(joined->recovery) + "); listening from now on");
    }
    return Receive();
  }

 private:
  ExitCode Receive() {
    const TimePoint start = clock_.Now();
    while (options_.count == 0 || printed_ < options_.count) {
      Duration wait = std::chrono::hours(1);
      if (options_.timeout) wait = *options_.timeout - (clock_.Now() - start);
      const std::optional<client::Event> event =
          session_.Next(std::max<Duration>(wait, Duration::zero()));
      if (!event) {
        if (!options_.timeout) continue;
        return options_.count > 0 ? ExitCode::kTimeout : Done();
      }
      if (const auto* closed = std::get_if<client::Closed>(&*event)) {
        console_.Complain("the connection ended: " +
                          ForTerminal(Explain(closed->error, options_.connection)));
        return ExitCode::kFailed;
      }
      if (const auto* lost = std::get_if<client::ChannelLost>(&*event)) {
        console_.Complain("not in the channel any more: " +
                          ForTerminal(Explain(lost->error, options_.connection)));
        return ExitCode::kFailed;
      }
      Tell(*event);
    }
    return Done();
  }

  void Tell(const client::Event& event) {
    if (const auto* message = std::get_if<client::Message>(&event)) {
      console_.Line(options_.json ? json_.Of(*message) : PlainLine(*message));
      // Direct messages are shown beside those that were asked for.
      if (message->channel == options_.connection.channel_name()) ++printed_;
    } else if (std::holds_alternative<client::Gap>(event)) {
      Incomplete("messages before the next one are missing");
    } else if (const auto* lost = std::get_if<client::Discontinuity>(&event)) {
      const bool is_resume = lost->reason == client::LossReason::kNotRecovered;
      Incomplete(is_resume ? std::string("what was said without us is not all there (") +
                                 NameOf(lost->recovery) + "); listening from now on"
                           : "messages that were not delivered yet are gone from the log");
    } else if (const auto* back = std::get_if<client::Reconnected>(&event)) {
      console_.Note(BackAgain(*back));
    } else if (const auto* trying = std::get_if<client::Reconnecting>(&event)) {
      if (trying->attempt == kAttemptToTell) console_.Note(StillAway(*trying));
    }
  }

  void Incomplete(const std::string& what) {
    console_.Complain(what);
    is_complete_ = false;
  }

  ExitCode Done() const { return is_complete_ ? ExitCode::kOk : ExitCode::kIncomplete; }

  const ListenOptions& options_;
  const Console& console_;
  client::Session& session_;
  const SystemClock clock_;
  const JsonLines json_{console_.out_is_terminal()};
  std::uint64_t printed_ = 0;
  bool is_complete_ = true;
};

}  // namespace

ExitCode RunListen(const ListenOptions& options, const Console& console) {
  client::Client client(ClientOptions(options.connection));
  const auto session = client.Connect(client::PositionToken(IsOwn(options) ? options.after : ""));
  if (!session) {
    console.Complain(ForTerminal(Explain(session.error, options.connection)));
    return ExitCodeOf(session.error);
  }
  return Listener(options, console, **session).Run();
}

}  // namespace parley::cli
