#pragma once

#include <string>

#include "tests/chaos/options.h"
#include "tests/chaos/result.h"

namespace parley::chaos {

// What a run has shown, as Markdown.
[[nodiscard]] std::string ReportOf(const Options& options, const Result& result);

// What is printed last: the first violations if there are any, the command that repeats the run,
// and one line that says how it went.
[[nodiscard]] std::string SummaryOf(const Options& options, const Result& result);

}  // namespace parley::chaos
