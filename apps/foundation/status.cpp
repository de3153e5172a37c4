#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "core/time.hpp"
#include "report/health.hpp"
#include "report/run_status.hpp"
#include "run_arguments.hpp"

namespace foundation {
namespace {

struct StatusOptions {
  RunArguments run;
  bool health = false;
};

void print_health(const report::RunLocation& run, const report::RunStatus& status, bool json) {
  const report::RunView view = report::read_run_view(open_run(run), {.keep_texts = false});
  const bool at_work = status.phase == report::Phase::running;
  const auto health = report::run_health(view, at_work, core::wall_now());
  fmt::print("{}",
             json ? report::to_json(health, run.name()) : report::describe(health, run.name()));
}

}  // namespace

void add_status(CLI::App& app, Outcome& outcome) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App* command = app.add_subcommand(
      "status",
      "Say whether a run is done (exit status 0), running (1), stopped and resumable "
      "(3), done without a valid result (4) or failed (5)");
  add_run_arguments(*command, options->run);
  command->add_flag("--health", options->health, "How its nodes are, and what to change");
  command->add_flag("--json", outcome.json, "As JSON");
  command->callback([options, &outcome] {
    const report::RunLocation run = options->run.locate_with_journal();
    const report::RunStatus status = report::judge_run(open_run(run), core::wall_now());
    outcome.exit_status = status.exit_status;
    if (options->health) return print_health(run, status, outcome.json);
    fmt::print("{}", outcome.json ? report::to_json(status, run.name())
                                  : report::describe(status, run.name()));
  });
}

}  // namespace foundation
