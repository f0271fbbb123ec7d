#pragma once

#include <CLI/CLI.hpp>

namespace parley::cli {

// Help with the examples, which are the command's footer, above the options.
class HelpFormat final : public CLI::Formatter {
 public:
  HelpFormat() {
    column_width(32);
    label("SUBCOMMAND", "COMMAND");
  }

  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode mode) const override {
    std::string text = app->get_description() + "\n";
    if (!app->get_footer().empty()) text += "\nExamples:\n" + app->get_footer() + "\n";
    text += "\n" + make_usage(app, PathOf(app));
    text += make_positionals(app);
    text += make_subcommands(app, mode);
    return text + make_groups(app, mode);
  }

 private:
  static std::string PathOf(const CLI::App* app) {
    const CLI::App* parent = app->get_parent();
    return parent == nullptr ? app->get_name() : PathOf(parent) + " " + app->get_name();
  }
};

}  // namespace parley::cli
