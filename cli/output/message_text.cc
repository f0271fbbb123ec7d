#include "cli/output/message_text.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "cli/output/sanitize.h"
#include "cli/output/time_text.h"
#include "client/direct_message.h"

namespace parley::cli {
namespace {

// The same on every machine and in every run.
Colour ColourOf(const UserId& user) {
  constexpr std::array kColours = {Colour::kGreen, Colour::kYellow, Colour::kBlue, Colour::kMagenta,
                                   Colour::kCyan};
  std::size_t sum = 0;
  for (const char letter : user.value()) sum = sum * 31 + static_cast<unsigned char>(letter);
  return kColours[sum % kColours.size()];
}

std::string Sender(const client::Message& message) {
  return "<" + ForTerminal(message.sender.value()) + ">";
}

// Stands before the sender, where no name and no content can put it.
std::string DirectMark(const client::Message& message) {
  if (!IsPersonal(message.channel)) return {};
  const UserId receiver = client::ReceiverOf(message);
  if (receiver == OwnerOf(message.channel)) return "(direct) ";
  return "(direct to " + ForTerminal(receiver.value()) + ") ";
}

}  // namespace

std::string PlainLine(const client::Message& message) {
  return DirectMark(message) + Sender(message) + " " + ForTerminal(message.content);
}

std::string ChatLines(const client::Message& message, const Console& console, std::int64_t now_ms) {
  std::string text = console.Paint(Colour::kDim, ClockTime(message.time_ms, now_ms)) + " " +
                     DirectMark(message) +
                     console.Paint(ColourOf(message.sender), Sender(message)) + " ";
  std::string_view rest = message.content;
  for (std::size_t end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
    text += ForTerminal(rest.substr(0, end)) + "\n      | ";
    rest.remove_prefix(end + 1);
  }
  return text + ForTerminal(rest);
}

}  // namespace parley::cli
