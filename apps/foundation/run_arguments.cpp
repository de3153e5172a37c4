#include "run_arguments.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "report/terminal_text.hpp"

namespace foundation {

report::RunLocation RunArguments::locate() const { return report::find_run(run, runs_folder); }

report::RunLocation RunArguments::locate_with_journal() const {
  report::RunLocation found = locate();
  if (found.has_journal()) return found;
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("there is no journal beside '{}'", report::visible(found.name())),
                    "this command needs the whole run folder; `foundation report` also reads a "
                    "lone file"};
}

void add_run_arguments(CLI::App& command, RunArguments& arguments) {
  command.add_option("RUN", arguments.run,
                     "Run folder, its name or the beginning of it, or last (the default)");
  command.add_option("--runs", arguments.runs_folder, "Folder of the runs, default runs");
}

journal::PosixDisk open_run(const report::RunLocation& run) {
  return journal::PosixDisk{run.folder, journal::FolderAccess::read_only};
}

}  // namespace foundation
