#pragma once

#include <cstdint>
#include <string>

#include "cli/output/console.h"
#include "client/types.h"

namespace parley::cli {

// `<sender> content`, on one line: a line feed in the content shows as ␊, so that no content can
// look like a second message. A direct message begins with `(direct) `, or with `(direct to user) `
// if the user of this side has sent it.
[[nodiscard]] std::string PlainLine(const client::Message& message);

// For people: `12:34 <sender> content`, the sender in a colour of her own, further lines of the
// content indented.
[[nodiscard]] std::string ChatLines(const client::Message& message, const Console& console,
                                    std::int64_t now_ms);

}  // namespace parley::cli
