#include "cli/commands/channels.h"

#include "cli/output/json_lines.h"
#include "cli/output/sanitize.h"
#include "client/client.h"

namespace parley::cli {

ExitCode RunChannels(const ChannelsOptions& options, const Console& console) {
  client::Client client(ClientOptions(options.connection));
  const auto list = client.ListChannels(options.prefix, options.limit);
  if (!list) {
    console.Complain(ForTerminal(Explain(list.error, options.connection)));
    return ExitCodeOf(list.error);
  }
  const JsonLines json(console.out_is_terminal());
  for (const client::ChannelInfo& each : list->channels) {
    console.Line(options.json
                     ? json.Of(each)
                     : ForTerminal(each.channel.value()) + "\t" + std::to_string(each.members));
  }
  if (list->more) console.Note("there are more; --limit shows them, --prefix narrows them down");
  return ExitCode::kOk;
}

}  // namespace parley::cli
