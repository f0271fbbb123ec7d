#include "cli/commands/who.h"

#include <string>

#include "cli/output/json_lines.h"
#include "cli/output/sanitize.h"
#include "client/client.h"

namespace parley::cli {

ExitCode RunWho(const WhoOptions& options, const Console& console) {
  client::Client client(ClientOptions(options.connection));
  const auto list = client.Members(options.connection.channel_name(), options.limit);
  if (!list) {
    console.Complain(ForTerminal(Explain(list.error, options.connection)));
    return ExitCodeOf(list.error);
  }
  const JsonLines json(console.out_is_terminal());
  for (const client::Member& member : list->members) {
    console.Line(options.json ? json.Of(member) : ForTerminal(member.user.value()));
  }
  if (list->total > list->members.size()) {
    console.Note(std::to_string(list->total) + " in all; --limit shows more");
  }
  return ExitCode::kOk;
}

}  // namespace parley::cli
