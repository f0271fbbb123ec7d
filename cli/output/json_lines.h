#pragma once

#include <string>

#include "cli/presence/gateway_list.h"
#include "client/types.h"

namespace parley::cli {

// What `--json` prints: one object a line, with the keys that docs/cli.md lists.
class JsonLines final {
 public:
  // On a terminal everything but ASCII is escaped, so that nothing in it can act on the terminal.
  explicit JsonLines(bool for_terminal) : for_terminal_(for_terminal) {}

  [[nodiscard]] std::string Of(const client::Message& message) const;
  [[nodiscard]] std::string Of(const client::PublishResult& result) const;
  [[nodiscard]] std::string Of(const client::Member& member) const;
  [[nodiscard]] std::string Of(const client::ChannelInfo& channel) const;
  [[nodiscard]] std::string Of(const ListedGateway& gateway) const;

 private:
  bool for_terminal_;
};

}  // namespace parley::cli
