#include "cli/commands/topics.h"

#include <string>

#include "cli/output/sanitize.h"

namespace parley::cli {

ExitCode RunTopics(const TopicsOptions& options, const Console& console) {
  const kafka::TopicsReport report =
      options.action == TopicsOptions::Action::kEnsure
          ? kafka::EnsureTopics(options.kafka, options.topics, options.timeout)
          : kafka::CheckTopics(options.kafka, options.topics, options.timeout);
  if (!report.reached) {
    console.Complain(ForTerminal(report.lines.back()));
    return ExitCode::kUnreachable;
  }
  for (const std::string& line : report.lines) console.Line(ForTerminal(line));
  if (report.ok) return ExitCode::kOk;
  console.Complain(options.action == TopicsOptions::Action::kEnsure
                       ? "the topics are not as they must be: see above"
                       : "the topics are not as they must be; `parley topics ensure` makes what "
                         "is missing");
  return ExitCode::kFailed;
}

}  // namespace parley::cli
