#pragma once

#include <string>

#include <CLI/App.hpp>

#include "journal/posix_disk.hpp"
#include "report/find_run.hpp"

namespace foundation {

/// Which run is meant, as every command that looks at one has it.
struct RunArguments {
  std::string run = "last";
  std::string runs_folder = "runs";

  /// Throws core::Error{bad_input} when there is no such run.
  [[nodiscard]] report::RunLocation locate() const;
  /// The same for commands that need the journal, not only a published file.
  [[nodiscard]] report::RunLocation locate_with_journal() const;
};

/// Adds the argument RUN (path, name, beginning of a name, or `last`, its default) and the option
/// `--runs FOLDER`. `arguments` outlives the parsing.
void add_run_arguments(CLI::App& command, RunArguments& arguments);

/// The run's folder for reading.
[[nodiscard]] journal::PosixDisk open_run(const report::RunLocation& run);

}  // namespace foundation
