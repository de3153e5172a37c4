#pragma once

#include <CLI/App.hpp>

#include "core/error.hpp"

/// Help texts and errors of the command line.
namespace foundation {

/// Help flag, footer with the exit statuses.
void describe_usage(CLI::App& app);

/// What is wrong with the command line, with the nearest option or subcommand.
[[nodiscard]] core::Error usage_error(const CLI::App& app, const CLI::ParseError& error);
[[nodiscard]] core::Error missing_command(const CLI::App& app);

}  // namespace foundation
