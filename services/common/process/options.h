#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parley::process {

// The configuration of one program: every option is a flag `--some-name`, an environment variable
// `PARLEY_SOME_NAME` and a line `some-name = value` of the file that `--config` names, in that
// order of precedence. The variable's current value is the default, so defaults stand in the config
// structs and nowhere else.
//
// Understands `--help`, `--version`, `--check-config` (exit 0 if all is well) and `--print-config`
// (the effective values, secrets as `*****`). An unknown key is refused with the nearest known one;
// a value of the wrong type or out of its range is refused with the option's name, the value and
// what is allowed. `Secret` options also read the file that `PARLEY_SOME_NAME_FILE` names.
class Options {
 public:
  Options(std::string program, std::string purpose);
  ~Options();

  void Section(std::string title);  // Groups what follows in `--help`.
  void Text(std::string name, std::string& value, std::string help);
  void Secret(std::string name, std::string& value, std::string help);
  void List(std::string name, std::vector<std::string>& value,
            std::string help);  // Comma-separated or repeated.
  void Flag(std::string name, bool& value, std::string help);
  void Number(std::string name, int& value, int least, int most, std::string help);
  void Count(std::string name, std::size_t& value, std::size_t least, std::size_t most,
             std::string help);
  void Size(std::string name, std::size_t& value, std::size_t least, std::size_t most,
            std::string help);  // 64KiB, 1MiB.
  void Time(std::string name, std::chrono::milliseconds& value, std::chrono::milliseconds least,
            std::chrono::milliseconds most, std::string help);  // 250ms, 5s, 2m, 1h.
  void Choice(std::string name, std::string& value, std::vector<std::string> allowed,
              std::string help);
  // `--name KEY=VALUE`, repeated; in the file `name.some.key = VALUE`; in the environment
  // `PARLEY_NAME_SOME_KEY=VALUE`. Each source adds to the keys of the others. Values of keys that
  // hold a password are secrets.
  void Map(std::string name, std::map<std::string, std::string>& value, std::string help);
  // A check over several options, run after all are set. Returns what is wrong, or nothing; what is
  // wrong here counts as a bad file or environment.
  void Check(std::function<std::optional<std::string>()> check);

  // Nothing: go on. Otherwise the program's exit code: 0 after --help and its like, 1 for a bad
  // file or environment, 2 for bad usage; what there was to say has been printed.
  [[nodiscard]] std::optional<int> Parse(int argc, const char* const* argv);

  // One `name = value` a line, secrets as `*****`.
  [[nodiscard]] std::string Effective() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::process
