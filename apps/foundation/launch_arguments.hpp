#pragma once

#include <CLI/App.hpp>

#include "runtime/launch.hpp"

namespace foundation {

/// What `optimize` takes for starting ranks by itself.
struct LaunchArguments {
  runtime::LaunchOptions options;
  std::string start_timeout;
  std::string silence_timeout;
  /// Options that have no meaning without ranks to start, and whether one was given.
  std::vector<const CLI::Option*> starting;
  std::vector<const CLI::Option*> refining;

  /// Whether this process is to start ranks. Throws core::Error{usage} for options that are of no
  /// use then, or of none without.
  [[nodiscard]] bool wanted() const;
  /// Where and how. Throws as runtime::plan_launch, and core::Error{usage}.
  [[nodiscard]] runtime::LaunchPlan plan();
};

/// Adds `-n`, `--hosts` and what belongs to them. `arguments` outlives the parsing.
void add_launch_arguments(CLI::App& command, LaunchArguments& arguments);

}  // namespace foundation
