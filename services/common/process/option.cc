#include "services/common/process/option.h"

#include <algorithm>
#include <array>

namespace parley::process {

std::string Option::variable() const {
  std::string variable = "PARLEY_";
  for (const char c : name) {
    variable += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return variable;
}

const Option& OptionTable::Add(Option option) {
  const bool well_formed =
      option.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  if (option.name.empty() || !well_formed || Find(option.name) != nullptr) {
    throw std::logic_error("option " + option.name + ": bad name, or there twice");
  }
  options_.push_back(std::move(option));
  return options_.back();
}

const Option* OptionTable::Find(std::string_view name) const {
  const auto found = std::ranges::find(options_, name, &Option::name);
  return found == options_.end() ? nullptr : &*found;
}

bool IsSecretKey(std::string_view key) {
  constexpr std::array<std::string_view, 5> kMarks = {"password", "secret", "token", "key.pem",
                                                      "oauthbearer.config"};
  return std::ranges::any_of(
      kMarks, [&](std::string_view mark) { return key.find(mark) != std::string_view::npos; });
}

}  // namespace parley::process
