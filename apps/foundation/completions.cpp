#include <array>
#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "completion_scripts.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"

namespace foundation {
namespace {

/// All subcommands that --help shows, with their long options.
std::vector<CompletedCommand> describe_commands(const CLI::App& app) {
  std::vector<CompletedCommand> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_group().empty()) continue;
    CompletedCommand described{command->get_name(), command->get_description(), {}};
    for (const CLI::Option* option : command->get_options()) {
      if (option->get_group().empty()) continue;
      for (const std::string& name : option->get_lnames()) {
        described.options.push_back({"--" + name, option->get_description()});
      }
    }
    commands.push_back(std::move(described));
  }
  return commands;
}

void run(const CLI::App& app, const std::string& shell) {
  static constexpr std::array<std::string_view, 3> shells{"bash", "zsh", "fish"};
  const std::vector<CompletedCommand> commands = describe_commands(app);
  if (shell == "bash") return fmt::print("{}", bash_completion(commands));
  if (shell == "zsh") return fmt::print("{}", zsh_completion(commands));
  if (shell == "fish") return fmt::print("{}", fish_completion(commands));
  const auto near = core::nearest(shell, shells);
  throw core::Error{
      core::ErrorKind::usage, fmt::format("there are no completions for '{}'", shell),
      near ? fmt::format("did you mean '{}'?", *near) : "shells are bash, zsh and fish"};
}

}  // namespace

void add_completions(CLI::App& app, Outcome&) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completions", "Print completions for a shell");
  command->add_option("SHELL", *shell, "bash, zsh or fish")->required();
  command->callback([&app, shell] { run(app, *shell); });
}

}  // namespace foundation
