#include "cli/chat/piped_chat.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include "cli/chat/room.h"
#include "cli/output/back_again.h"
#include "cli/output/json_lines.h"
#include "cli/output/message_text.h"
#include "cli/output/sanitize.h"

namespace parley::cli {
namespace {

// More than any server takes; a longer line is cut there, sent so and refused.
constexpr std::size_t kLineBytesMax = std::size_t{1024} * 1024;

class PipedChat final {
 public:
  PipedChat(const ChatOptions& options, const Console& console)
      : options_(options), console_(console), room_(options.connection) {}

  ExitCode Run() {
    if (const auto error = room_.Enter()) {
      console_.Complain(ForTerminal(Explain(*error, options_.connection)));
      return ExitCodeOf(*error);
    }
    ShowRecent();
    room_.Listen([this](const client::Event& event) { OnEvent(event); });
    ReadLines();
    Judge(room_.TakeAll());
    if (!lost_) Linger();
    room_.Close();
    return worst_;
  }

 private:
  void ShowRecent() {
    if (options_.history.value_or(0) == 0) return;
    const auto page = room_.Recent(*options_.history);
    if (!page) return console_.Complain("no history: " + ForTerminal(page.error.message));
    for (const client::Message& message : page->messages) Print(message);
  }

  // On the room's thread.
  void OnEvent(const client::Event& event) {
    if (const auto* message = std::get_if<client::Message>(&event)) return Print(*message);
    if (std::holds_alternative<client::Gap>(event)) {
      return console_.Complain("messages before the next one are missing");
    }
    if (std::holds_alternative<client::Discontinuity>(event)) {
      return console_.Complain(
          "messages before the next one are missing: the log no longer gives them");
    }
    if (const auto* back = std::get_if<client::Reconnected>(&event)) {
      return console_.Note(BackAgain(*back));
    }
    if (const auto* trying = std::get_if<client::Reconnecting>(&event)) {
      if (trying->attempt == kAttemptToTell) console_.Note(StillAway(*trying));
      return;
    }
    if (const auto* lost = std::get_if<client::ChannelLost>(&event)) {
      return console_.Complain("not in " + ForTerminal(lost->channel.value()) + " any more: " +
                               ForTerminal(Explain(lost->error, options_.connection)));
    }
    const auto* closed = std::get_if<client::Closed>(&event);
    if (closed != nullptr && closed->error.code != client::kClosed) {
      console_.Complain("the connection ended: " +
                        ForTerminal(Explain(closed->error, options_.connection)));
    }
  }

  void Print(const client::Message& message) const {
    console_.Line(options_.json ? json_.Of(message) : PlainLine(message));
  }

  void ReadLines() {
    std::string pending;
    char buffer[16 * 1024];
    while (WaitForInput()) {
      const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      pending.append(buffer, static_cast<std::size_t>(got));
      SendLines(pending);
      Judge(room_.TakeAnswered());
    }
    if (!lost_) SendLine(std::move(pending));
  }

  // False when the session has ended.
  bool WaitForInput() {
    pollfd descriptors[] = {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                            {.fd = room_.ended().descriptor(), .events = POLLIN, .revents = 0}};
    while (poll(descriptors, std::size(descriptors), -1) < 0 && errno == EINTR) {
    }
    if (descriptors[1].revents == 0) return true;
    Lose();
    return false;
  }

  void SendLines(std::string& pending) {
    std::size_t start = 0;
    for (std::size_t end = pending.find('\n'); end != pending.npos;
         end = pending.find('\n', start)) {
      SendLine(pending.substr(start, end - start));
      start = end + 1;
    }
    pending.erase(0, start);
    if (pending.size() > kLineBytesMax) pending.resize(kLineBytesMax);
  }

  void SendLine(std::string line) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) room_.Say(std::move(line));
  }

  void Judge(const std::vector<client::PublishResult>& results) {
    for (const client::PublishResult& result : results) {
      if (result.outcome == client::Outcome::kStored) continue;
      const bool is_unknown = result.outcome == client::Outcome::kUnknown;
      console_.Complain((is_unknown ? "unknown whether it is stored: " : "not stored: ") +
                        ForTerminal(result.id.value()) + ": " +
                        ForTerminal(Explain(result.error, options_.connection)));
      // An unknown outcome is the worse news: repeating the input could say things twice.
      if (is_unknown || worst_ == ExitCode::kOk) worst_ = ExitCodeOf(result);
    }
  }

  void Linger() {
    const SystemClock clock;
    const TimePoint until = clock.Now() + options_.wait;
    pollfd ended{.fd = room_.ended().descriptor(), .events = POLLIN, .revents = 0};
    for (TimePoint now = clock.Now(); now < until; now = clock.Now()) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(until - now).count() + 1;
      if (poll(&ended, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) > 0) {
        return Lose();
      }
    }
  }

  void Lose() {
    lost_ = true;
    if (worst_ == ExitCode::kOk) worst_ = ExitCode::kFailed;
  }

  const ChatOptions& options_;
  const Console& console_;
  const JsonLines json_{console_.out_is_terminal()};
  ExitCode worst_ = ExitCode::kOk;
  bool lost_ = false;
  Room room_;  // Last: its thread prints.
};

}  // namespace

ExitCode RunPipedChat(const ChatOptions& options, const Console& console) {
  return PipedChat(options, console).Run();
}

}  // namespace parley::cli
