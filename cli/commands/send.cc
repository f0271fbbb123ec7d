#include "cli/commands/send.h"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "cli/output/json_lines.h"
#include "cli/output/sanitize.h"
#include "client/client.h"

namespace parley::cli {
namespace {

// More than any server takes; what it takes is the server's to say.
constexpr std::size_t kInputBytesMax = std::size_t{1024} * 1024;

// All of stdin without the line feed at its end. Nothing when it is too much or cannot be read.
std::optional<std::string> ReadInput() {
  std::string input;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    input.append(buffer, static_cast<std::size_t>(got));
    if (input.size() > kInputBytesMax) return std::nullopt;
  }
  if (input.ends_with('\n')) input.pop_back();
  if (input.ends_with('\r')) input.pop_back();
  return input;
}

void Tell(const client::PublishResult& result, const SendOptions& options, const Console& console) {
  const std::string why = ForTerminal(Explain(result.error, options.connection));
  switch (result.outcome) {
    case client::Outcome::kStored:
      return console.Line(result.position.value());
    case client::Outcome::kNotStored:
      return console.Complain("not stored: " + why);
    case client::Outcome::kUnknown:
      return console.Complain("unknown whether it is stored: " + why +
                              "\nSend the same message again with --id " +
                              ForTerminal(result.id.value()) + " --retry, and it is shown once.");
  }
}

}  // namespace

ExitCode RunSend(const SendOptions& options, const Console& console) {
  std::optional<std::string> content = options.content;
  if (!content) {
    if (isatty(STDIN_FILENO) == 1) {
      console.Complain("no message: give it as an argument or on stdin: parley send \"hello\"");
      return ExitCode::kUsage;
    }
    content = ReadInput();
  }
  if (!content) {
    console.Complain("stdin cannot be read, or holds more than 1 MiB");
    return ExitCode::kUsage;
  }
  client::Options client_options = ClientOptions(options.connection);
  client_options.publish_deadline = options.timeout;
  client::Client client(std::move(client_options));
  const client::PublishResult result = client.Publish({.channel = options.connection.channel_name(),
                                                       .content = std::move(*content),
                                                       .id = MessageId(options.id),
                                                       .retry = options.retry,
                                                       .headers = options.headers});
  if (options.json) {
    console.Line(JsonLines(console.out_is_terminal()).Of(result));
  } else {
    Tell(result, options, console);
  }
  return ExitCodeOf(result);
}

}  // namespace parley::cli
