#pragma once

#include <array>
#include <string_view>

#include <CLI/App.hpp>

#include "core/error.hpp"

/// Help texts and errors of the command line.
namespace foundation {

struct ExitMeaning {
  int status;
  std::string_view meaning;
};
/// What the exit statuses mean; help and manual pages are made from it.
inline constexpr std::array<ExitMeaning, 7> exit_meanings{
    {{0, "done (a used-up budget or a reached target is done, too)"},
     {1, "ran, and found something: doctor a fault, verify or recover damage"},
     {2, "command line or job file is wrong"},
     {3,
      "stopped early by a signal, a stop file or the end of an allocation; the same command "
      "continues"},
     {4, "no valid result: everything failed"},
     {5, "ranks, nodes or files lost beyond repair"},
     {70, "internal error, please report it"}}};

/// Help flag, footer with the exit statuses.
void describe_usage(CLI::App& app);

/// What is wrong with the command line, with the nearest option or subcommand.
[[nodiscard]] core::Error usage_error(const CLI::App& app, const CLI::ParseError& error);
[[nodiscard]] core::Error missing_command(const CLI::App& app);

}  // namespace foundation
