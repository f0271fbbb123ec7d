#include "cli/commands/history.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/output/json_lines.h"
#include "cli/output/message_text.h"
#include "cli/output/sanitize.h"
#include "cli/output/time_text.h"
#include "client/client.h"

namespace parley::cli {
namespace {

constexpr std::uint32_t kPageMessagesMax = 500;  // What a server gives at a time.

std::string TextOf(const client::Message& message) {
  return UtcTime(message.time_ms) + " " + PlainLine(message);
}

}  // namespace

ExitCode RunHistory(const HistoryOptions& options, const Console& console) {
  client::Client client(ClientOptions(options.connection));
  std::vector<client::HistoryPage> pages;  // Newest first.
  client::PositionToken before(options.before);
  std::uint32_t wanted = options.limit;
  do {
    auto page = client.History({.channel = options.connection.channel_name(),
                                .before = before,
                                .limit = std::min(wanted, kPageMessagesMax)});
    if (!page) {
      console.Complain(ForTerminal(Explain(page.error, options.connection)));
      return ExitCodeOf(page.error);
    }
    before = page->older;
    wanted -= std::min(wanted, static_cast<std::uint32_t>(page->messages.size()));
    pages.push_back(std::move(*page));
  } while (wanted > 0 && !before.empty());

  const JsonLines json(console.out_is_terminal());
  for (auto page = pages.rbegin(); page != pages.rend(); ++page) {
    for (const client::Message& message : page->messages) {
      console.Line(options.json ? json.Of(message) : TextOf(message));
    }
  }
  if (!before.empty() && console.out_is_terminal()) {
    console.Note("older ones: parley history --before " + ForTerminal(before.value()));
  }
  return ExitCode::kOk;
}

}  // namespace parley::cli
