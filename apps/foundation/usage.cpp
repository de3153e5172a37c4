#include "usage.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/quantity.hpp"

namespace foundation {
namespace {

std::string footer() {
  std::string text = "\nExit status:";
  for (const ExitMeaning& it : exit_meanings)
    text += fmt::format("\n  {:>2}  {}", it.status, it.meaning);
  return text;
}

/// The subcommand the user has got to, and what to type for its help.
struct Reached {
  const CLI::App* command;
  std::string words;
};

Reached reached_command(const CLI::App& app) {
  Reached reached{&app, app.get_name()};
  while (!reached.command->get_subcommands().empty()) {
    reached.command = reached.command->get_subcommands().front();
    reached.words += " " + reached.command->get_name();
  }
  return reached;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string hint_for(const std::string& word, const std::vector<std::string>& known,
                     const std::string& otherwise) {
  const std::vector<std::string_view> views{known.begin(), known.end()};
  const auto near = core::nearest(word, views);
  return near ? fmt::format("did you mean '{}'?", *near) : otherwise;
}

core::Error unknown_word(const Reached& reached, const std::string& word) {
  const std::string help = fmt::format("see `{} --help`", reached.words);
  const std::vector<std::string> commands = command_names(*reached.command);
  if (word.starts_with("-")) {
    const std::string name = word.substr(0, word.find('='));
    return {core::ErrorKind::usage, fmt::format("unknown option '{}' of `{}`", name, reached.words),
            hint_for(name, option_names(*reached.command), help)};
  }
  if (commands.empty()) {
    return {core::ErrorKind::usage,
            fmt::format("`{}` does not take the argument '{}'", reached.words, word), help};
  }
  return {core::ErrorKind::usage, fmt::format("unknown command '{}'", word),
          hint_for(word, commands,
                   fmt::format("commands are {}; {}", fmt::join(commands, ", "), help))};
}

}  // namespace

void describe_usage(CLI::App& app) {
  app.set_help_flag("-h,--help", "Show this help");
  app.footer(footer());
}

core::Error usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const Reached reached = reached_command(app);
  const std::vector<std::string> unknown = reached.command->remaining();
  if (!unknown.empty()) return unknown_word(reached, unknown.front());
  return {core::ErrorKind::usage, error.what(), fmt::format("see `{} --help`", reached.words)};
}

core::Error missing_command(const CLI::App& app) {
  return {
      core::ErrorKind::usage, "there is no command",
      fmt::format("commands are {}; see `foundation --help`", fmt::join(command_names(app), ", "))};
}

}  // namespace foundation
