#include "tests/presence/talk.h"

#include <fstream>
#include <stdexcept>

#include "tests/presence/patience.h"

namespace parley::presence_test {
namespace {

constexpr seconds kAllInWithin{90};
constexpr auto kProgram = PARLEY_BIN_DIR "/presence_talk";

std::string FirstLineOf(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

}  // namespace

Talk::Talk(const std::vector<std::string>& gateways, const std::filesystem::path& folder)
    : answers_(folder / "talk.txt") {
  std::string command = "exec setsid " + std::string(kProgram);
  for (const std::string& gateway : gateways) command += " " + gateway;
  command += " > " + answers_.string();
  process_.reset(popen(command.c_str(), "w"));
  if (!process_ ||
      !SecondsUntil([this] { return FirstLineOf(answers_) == "talking"; }, kAllInWithin)) {
    throw std::runtime_error(command + ": they are not in");
  }
}

std::vector<double> Talk::EndWithP99s(const std::vector<Span>& spans) {
  for (const auto& [begin_us, end_us] : spans) {
    std::fprintf(process_.get(), "%lld %lld\n", static_cast<long long>(begin_us),
                 static_cast<long long>(end_us));
  }
  process_.reset();
  std::ifstream stream(answers_);
  std::string line;
  std::getline(stream, line);
  std::vector<double> values;
  for (double value = 0; stream >> value;) values.push_back(value);
  if (values.size() != spans.size()) throw std::runtime_error("the talk gave no answer");
  return values;
}

}  // namespace parley::presence_test
