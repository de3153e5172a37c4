#include <memory>
#include <string>
#include <vector>

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
  bool services = false;
  std::vector<std::string> capabilities;
};

std::string text_of(const StatusOptions& options, const report::RunStatus& status,
                    const std::string& run, bool json) {
  if (options.health)
    return json ? report::to_json(status.health, run) : report::describe(status.health, run);
  if (options.services || !options.capabilities.empty()) {
    const auto services = report::with_capabilities(status.services, options.capabilities);
    return json ? report::to_json(services, run) : report::describe(services, run);
  }
  return json ? report::to_json(status, run) : report::describe(status, run);
}

}  // namespace

void add_status(CLI::App& app, Outcome& outcome) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App* command = app.add_subcommand(
      "status",
      "Say whether a run is done (exit status 0), running (1), stopped and resumable "
      "(3), done without a valid result (4) or failed (5)");
  add_run_arguments(*command, options->run);
  CLI::Option* health =
      command->add_flag("--health", options->health, "How its nodes are, and what to change");
  command->add_flag("--services", options->services, "Who is registered in it as what")
      ->excludes(health);
  command
      ->add_option("--capability", options->capabilities,
                   "Only the services that can do this; may be repeated")
      ->type_name("NAME")
      ->excludes(health);
  command->add_flag("--json", outcome.json, "As JSON");
  command->callback([options, &outcome] {
    const report::RunLocation run = options->run.locate_with_journal();
    const report::RunStatus status = report::judge_run(open_run(run), core::wall_now());
    outcome.exit_status = status.exit_status;
    fmt::print("{}", text_of(*options, status, run.name(), outcome.json));
  });
}

}  // namespace foundation
