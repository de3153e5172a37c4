#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "core/time.hpp"
#include "report/publish.hpp"
#include "report/terminal_text.hpp"
#include "run_arguments.hpp"

namespace foundation {

void add_rebuild(CLI::App& app, Outcome&) {
  struct Rebuild {
    RunArguments run;
    bool partial = false;
    journal::Sequence until = report::whole_journal;
  };
  const auto options = std::make_shared<Rebuild>();
  CLI::App* command = app.add_subcommand("rebuild", "Make a run's HDF5 file anew from its journal");
  add_run_arguments(*command, options->run);
  command->add_flag("--partial", options->partial,
                    "Only the tables that do not grow with the cells, as while a run is at work");
  command->add_option("--until", options->until, "Only the journal up to this record");
  command->callback([options] {
    const report::RunLocation run = options->run.locate_with_journal();
    const core::Digest digest = report::rebuild_view(
        run.folder, open_run(run),
        options->partial ? report::Completeness::partial : report::Completeness::complete,
        core::wall_now(), options->until);
    fmt::print("{}: content digest {}\n", report::visible(run.file.string()), digest.hex());
  });
}

}  // namespace foundation
