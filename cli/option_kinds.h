#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "services/common/process/option_value.h"

namespace parley::cli {

// Options that hold a time: 250ms, 5s, 2m, 1h, or a number of seconds.
template <class Time>
CLI::Option* AddTime(CLI::App& app, const char* name, Time& value, const char* help) {
  const auto take = [name, &value](const std::string& text) {
    const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
    const auto time = process::ParseTime(is_number ? text + "s" : text);
    if (!time) {
      throw CLI::ValidationError(std::string(name) + ": " + text +
                                 " is not a time; write 250ms, 5s, 2m or 1h");
    }
    value = *time;
  };
  return app.add_option_function<std::string>(name, take, help)->option_text("TIME");
}

// `NAME=VALUE`, as often as there are any.
template <class Take>
void AddPairs(CLI::App& app, const char* name, Take take, const char* help) {
  const auto split = [name, take](const std::vector<std::string>& pairs) {
    for (const std::string& pair : pairs) {
      const std::size_t equals = pair.find('=');
      if (equals == std::string::npos || equals == 0) {
        throw CLI::ValidationError(std::string(name) + ": " + pair + " is not NAME=VALUE");
      }
      take(pair.substr(0, equals), pair.substr(equals + 1));
    }
  };
  app.add_option_function<std::vector<std::string>>(name, split, help)
      ->option_text("NAME=VALUE")
      ->take_all();
}

}  // namespace parley::cli
