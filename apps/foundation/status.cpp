#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "core/time.hpp"
#include "report/run_status.hpp"
#include "run_arguments.hpp"

namespace foundation {

void add_status(CLI::App& app, Outcome& outcome) {
  const auto options = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand(
      "status",
      "Say whether a run is done (exit status 0), running (1), stopped and resumable "
      "(3), done without a valid result (4) or failed (5)");
  add_run_arguments(*command, *options);
  command->add_flag("--json", outcome.json, "As JSON");
  command->callback([options, &outcome] {
    const report::RunLocation run = options->locate_with_journal();
    const report::RunStatus status = report::judge_run(open_run(run), core::wall_now());
    fmt::print("{}", outcome.json ? report::to_json(status, run.name())
                                  : report::describe(status, run.name()));
    outcome.exit_status = status.exit_status;
  });
}

}  // namespace foundation
