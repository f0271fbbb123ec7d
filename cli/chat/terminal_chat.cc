#include "cli/chat/terminal_chat.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/chat/company.h"
#include "cli/chat/raw_terminal.h"
#include "cli/chat/room.h"
#include "cli/chat/screen.h"
#include "cli/chat/signals.h"
#include "cli/output/back_again.h"
#include "cli/output/message_text.h"
#include "cli/output/sanitize.h"
#include "services/common/personal_channel.h"

namespace parley::cli {
namespace {

constexpr std::uint32_t kHistoryDefault = 10;
constexpr std::uint32_t kHistoryMost = 500;
constexpr int kAckPollMs = 50;

constexpr const char* kHelp =
    "  /who          who is here\n"
    "  /history [N]  the last N messages from before you came (10)\n"
    "  /to USER TEXT sends to that user alone\n"
    "  /help         this\n"
    "  /quit         leave; Ctrl-C and Ctrl-D do too\n"
    "Anything else is sent. Begin with // to send a line that begins with /.";

std::string Names(const std::vector<UserId>& users) {
  std::string names;
  for (const UserId& user : users) {
    names += (names.empty() ? "" : ", ") + ForTerminal(user.value());
  }
  return names;
}

class TerminalChat final {
 public:
  TerminalChat(const ChatOptions& options, const Console& console)
      : options_(options),
        console_(console),
        screen_(console, Prompt()),
        company_(UserId(options.connection.user)),
        room_(options.connection) {}

  ExitCode Run() {
    if (const auto error = room_.Enter()) return CannotEnter(*error);
    Tell("you are " + ForTerminal(options_.connection.user) + " in " +
         ForTerminal(options_.connection.channel) + "; /help lists commands");
    ShowHistory(options_.history.value_or(kHistoryDefault));
    ShowMembers();
    room_.Listen([this](const client::Event& event) { OnEvent(event); });
    while (!is_over_) HandleInput();
    room_.Close();
    Judge(room_.TakeAll());
    return exit_code_;
  }

 private:
  ExitCode CannotEnter(const client::Error& error) {
    Warn(ForTerminal(Explain(error, options_.connection)));
    return ExitCodeOf(error);
  }

  std::string Prompt(const std::string& state = {}) const {
    const std::string channel = ForTerminal(options_.connection.channel);
    return "[" + channel + (state.empty() ? "" : ", " + state) + "] ";
  }

  // `*` marks what nobody said.
  void Tell(const std::string& what) {
    screen_.Print(console_.Paint(Colour::kDim, "* ") + console_.Paint(Colour::kDim, what));
  }

  void Warn(const std::string& what) { screen_.Print(console_.Paint(Colour::kRed, "! " + what)); }

  void ShowHistory(std::uint32_t limit) {
    if (limit == 0) return;
    const auto page = room_.Recent(limit);
    if (!page) return Warn("no history: " + ForTerminal(page.error.message));
    for (const client::Message& message : page->messages) Print(message);
  }

  void ShowMembers() {
    const auto list = room_.Members();
    if (!list) return Warn("who is here is not known: " + ForTerminal(list.error.message));
    std::vector<UserId> users;
    for (const client::Member& member : list->members) {
      users.push_back(member.user);
      company_.NotePresent(member.user);
    }
    const std::size_t others = list->total - std::min<std::size_t>(list->total, users.size());
    if (users.empty()) return;  // Presence has not heard of us yet; it will tell.
    Tell("here: " + Names(users) + (others > 0 ? " and " + std::to_string(others) + " more" : ""));
  }

  void Print(const client::Message& message) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.SinceUnixEpoch());
    screen_.Print(ChatLines(message, console_, now.count()));
  }

  // On the room's thread.
  void OnEvent(const client::Event& event) {
    if (const auto* message = std::get_if<client::Message>(&event)) {
      Print(*message);
    } else if (const auto* change = std::get_if<client::PresenceChange>(&event)) {
      const std::vector<UserId> joined = company_.Come(change->joined);
      const std::vector<UserId> left = company_.Go(change->left);
      if (!joined.empty()) Tell(Names(joined) + " joined");
      if (!left.empty()) Tell(Names(left) + " left");
    } else if (std::holds_alternative<client::Gap>(event)) {
      Warn("messages are missing here");
    } else if (std::holds_alternative<client::Discontinuity>(event)) {
      Warn("messages are missing here: the log no longer gives them");
    } else if (std::holds_alternative<client::Reconnecting>(event)) {
      screen_.Prompt(Prompt("reconnecting"));
    } else if (const auto* back = std::get_if<client::Reconnected>(&event)) {
      screen_.Prompt(Prompt());
      Tell(BackAgain(*back));
    } else if (const auto* lost = std::get_if<client::ChannelLost>(&event)) {
      Warn("not in " + ForTerminal(lost->channel.value()) +
           " any more: " + ForTerminal(Explain(lost->error, options_.connection)));
    } else if (const auto* closed = std::get_if<client::Closed>(&event)) {
      if (closed->error.code == client::kClosed) return;
      Warn("the connection ended: " + ForTerminal(Explain(closed->error, options_.connection)));
    }
  }

  // One round: keys, signals, the session's end, and acks that came meanwhile.
  void HandleInput() {
    pollfd descriptors[] = {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                            {.fd = signals_.descriptor(), .events = POLLIN, .revents = 0},
                            {.fd = room_.ended().descriptor(), .events = POLLIN, .revents = 0}};
    const int timeout = room_.has_unacked() ? kAckPollMs : -1;
    if (poll(descriptors, std::size(descriptors), timeout) < 0 && errno != EINTR) return End();
    if (descriptors[1].revents != 0) OnSignal(signals_.Take());
    if (descriptors[0].revents != 0) ReadKeys();
    Judge(room_.TakeAnswered());
    if (descriptors[2].revents != 0) {
      exit_code_ = ExitCode::kFailed;
      End();
    }
  }

  void OnSignal(int signal) {
    if (signal == SIGWINCH) return screen_.Redraw();
    if (signal != 0) End();
  }

  void ReadKeys() {
    char buffer[4096];
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) return End();  // The terminal is gone.
    const LineEditor::Outcome outcome = screen_.Type({buffer, static_cast<std::size_t>(got)});
    for (const std::string& line : outcome.lines) {
      if (!is_over_) OnLine(line);
    }
    if (outcome.is_over) End();
  }

  void OnLine(const std::string& line) {
    if (line.empty()) return;
    if (line.starts_with("//")) return room_.Say(line.substr(1));
    if (line.starts_with('/')) return OnCommand(line);
    room_.Say(line);
  }

  void OnCommand(std::string_view line) {
    const std::string_view name = line.substr(0, line.find(' '));
    if (name == "/quit") return End();
    if (name == "/help") return screen_.Print(kHelp);
    if (name == "/who") return ShowMembers();
    if (name == "/history") return OnHistory(line.substr(name.size()));
    if (name == "/to") return OnDirect(line.substr(name.size()));
    Warn(ForTerminal(name) + " is not a command, and was not sent; /help lists them");
  }

  void OnDirect(std::string_view argument) {
    const std::size_t user = std::min(argument.find_first_not_of(' '), argument.size());
    const std::size_t blank = std::min(argument.find(' ', user), argument.size());
    const std::size_t text = argument.find_first_not_of(' ', blank);
    if (text == argument.npos || argument[user] == '@') {
      return Warn("/to takes a user (without @) and a message");
    }
    room_.Say(PersonalChannelOf(UserId(std::string(argument.substr(user, blank - user)))),
              std::string(argument.substr(text)));
  }

  void OnHistory(std::string_view argument) {
    const std::size_t start = argument.find_first_not_of(' ');
    if (start == argument.npos) return ShowHistory(kHistoryDefault);
    argument.remove_prefix(start);
    std::uint32_t limit = 0;
    const auto [end, error] =
        std::from_chars(argument.data(), argument.data() + argument.size(), limit);
    const bool is_number = error == std::errc() && end == argument.data() + argument.size();
    if (!is_number || limit == 0 || limit > kHistoryMost) {
      return Warn("/history takes a number from 1 to " + std::to_string(kHistoryMost));
    }
    ShowHistory(limit);
  }

  void Judge(const std::vector<client::PublishResult>& results) {
    for (const client::PublishResult& result : results) {
      if (result.outcome == client::Outcome::kStored) continue;
      const bool is_unknown = result.outcome == client::Outcome::kUnknown;
      Warn((is_unknown ? "a message may not have been sent: " : "a message was not sent: ") +
           ForTerminal(Explain(result.error, options_.connection)));
      exit_code_ = ExitCodeOf(result);
    }
  }

  void End() { is_over_ = true; }

  const ChatOptions& options_;
  const Console& console_;
  const SystemClock clock_;
  const Signals signals_;  // Before any thread.
  const RawTerminal raw_;
  Screen screen_;
  Company company_;
  bool is_over_ = false;
  ExitCode exit_code_ = ExitCode::kOk;
  Room room_;  // Last: its thread prints.
};

}  // namespace

ExitCode RunTerminalChat(const ChatOptions& options, const Console& console) {
  return TerminalChat(options, console).Run();
}

}  // namespace parley::cli
