#pragma once

#include <CLI/App.hpp>

namespace foundation {

/// `--version`, and `--version --json` with all build facts.
struct VersionFlags {
  bool shown = false;
  bool json = false;
};
/// `flags` outlives the parsing.
void add_version(CLI::App& app, VersionFlags& flags);
void print_version(const VersionFlags& flags);

}  // namespace foundation
