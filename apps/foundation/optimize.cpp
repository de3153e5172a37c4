#include "runtime/optimize.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "campaign/end_note.hpp"
#include "commands.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/quantity.hpp"
#include "core/terminal_text.hpp"
#include "end_time.hpp"
#include "job_arguments.hpp"
#include "journal/posix_disk.hpp"
#include "json_output.hpp"
#include "launch_arguments.hpp"
#include "report/publish.hpp"
#include "runtime/launch.hpp"
#include "runtime/launch_mark.hpp"
#include "runtime/run_folder.hpp"

namespace foundation {
namespace {

constexpr int no_valid_result = 4;

struct Optimize {
  JobArguments job;
  LaunchArguments launch;
  std::string run;
  std::string end_time;
  bool dry_run = false;
  runtime::OptimizeOptions options;
};

std::string seconds_text(double seconds) {
  return core::format_duration(core::Duration{static_cast<std::int64_t>(seconds * 1e9)});
}

nlohmann::json to_json(const runtime::Plan& plan) {
  return {
      {"schema", 1},
      {"job", plan.job},
      {"examples",
       {{"train", plan.examples[0]}, {"validation", plan.examples[1]}, {"test", plan.examples[2]}}},
      {"candidates", plan.candidates},
      {"evaluations", plan.evaluations},
      {"bootstraps", plan.bootstraps},
      {"has_texts_written", plan.has_texts_written},
      {"test_evaluations", plan.test_evaluations},
      {"rungs", plan.rungs},
      {"seconds_per_evaluation", plan.baseline_cell_s},
      {"slots_on_this_node", plan.slots},
      {"memory_bytes", plan.memory_bytes},
      {"journal_bytes", plan.journal_bytes},
      {"runs_folder", plan.runs_folder.string()},
      {"continues", plan.same_job ? nlohmann::json(plan.same_job->string()) : nullptr}};
}

/// `hosts` is empty where this process does all of it, or the process manager chooses.
void print(const runtime::Plan& plan, std::uint32_t ranks, const std::string& hosts) {
  const std::uint64_t room = std::uint64_t{plan.slots} * ranks;
  const std::uint64_t slots = std::min(
      room, std::uint64_t{plan.max_workers.value_or(std::numeric_limits<std::uint32_t>::max())});
  const std::uint64_t all = plan.evaluations + plan.bootstraps + plan.test_evaluations;
  const double work_s = plan.baseline_cell_s * static_cast<double>(all);
  fmt::print("job           {}\n", plan.job);
  fmt::print("examples      {} train, {} validation, {} test\n", plan.examples[0], plan.examples[1],
             plan.examples[2]);
  fmt::print("candidates    {}, rungs of {} validation cells\n", plan.candidates,
             fmt::join(plan.rungs, ", "));
  fmt::print("evaluations   {}{} on validation, up to {} on train, {} on test at the end\n",
             plan.may_take_less ? "up to " : "", plan.evaluations, plan.bootstraps,
             plan.test_evaluations);
  if (plan.has_texts_written)
    fmt::print(
        "texts         one evaluation each, and one for each answer on train they are about\n");
  if (plan.baseline_cell_s > 0) {
    fmt::print(
        "time          {} a cell (measured on the baseline): {} of work, about {} on {} slots\n",
        seconds_text(plan.baseline_cell_s), seconds_text(work_s),
        seconds_text(work_s / static_cast<double>(slots)), slots);
  } else {
    fmt::print("time          not measured: no server is asked for a plan; {} slots\n", slots);
  }
  fmt::print("ranks         {}{}{}, {} slots each{}\n", ranks, hosts.empty() ? "" : " on ", hosts,
             plan.slots, ranks > 1 ? " if all nodes are like this one" : "");
  fmt::print("memory        {} for results on rank 0\n", core::format_size(plan.memory_bytes));
  fmt::print("disk          about {} of journal, and run.h5\n",
             core::format_size(plan.journal_bytes));
  if (plan.same_job) {
    fmt::print("run folder    continues {}\n", core::visible(plan.same_job->string()));
  } else {
    fmt::print("run folder    a new one in {}\n", core::visible(plan.runs_folder.string()));
  }
}

nlohmann::json interval(const optimize::Interval& it) {
  return {{"estimate", it.estimate}, {"low", it.low}, {"high", it.high}};
}

nlohmann::json to_json(const runtime::OptimizeOutcome& outcome, int status) {
  nlohmann::json shown{{"schema", 1},
                       {"exit_status", status},
                       {"run", outcome.run_folder.string()},
                       {"already_complete", outcome.already_complete},
                       {"message", outcome.report.message}};
  if (const auto& result = outcome.report.result) {
    shown["result"] = {{"winner", result->winner},
                       {"baseline", result->baseline},
                       {"validation", result->validation_winner},
                       {"test", interval(result->test_winner)},
                       {"test_baseline", interval(result->test_baseline)},
                       {"test_difference", interval(result->test_difference)},
                       {"evaluations", result->evaluations},
                       {"stop_reason", result->stop_reason},
                       {"answer", result->answer.hex()}};
  }
  return shown;
}

void print_result(const campaign::FinishedRecord& result) {
  fmt::print("result: candidate c{} of {} evaluations ({})\n", result.winner, result.evaluations,
             result.stop_reason);
  if (result.test_evaluations > 0) {
    fmt::print("  test        {:.5g}  [{:.5g}, {:.5g}]   baseline {:.5g}  [{:.5g}, {:.5g}]\n",
               result.test_winner.estimate, result.test_winner.low, result.test_winner.high,
               result.test_baseline.estimate, result.test_baseline.low, result.test_baseline.high);
    fmt::print("  difference  {:+.5g}  [{:+.5g}, {:+.5g}]  (paired, 95 %)\n",
               result.test_difference.estimate, result.test_difference.low,
               result.test_difference.high);
    fmt::print("  validation  {:.5g}  (chosen as the best there, so it flatters: judge by test)\n",
               result.validation_winner);
  } else {
    fmt::print("  score       {:.5g}   baseline {:.5g}\n", result.validation_winner,
               result.validation_baseline);
  }
  fmt::print("  answer      {}\n", result.answer.hex());
}

void print(const runtime::OptimizeOutcome& outcome, int status, const std::string& job_file) {
  const std::string run = core::visible(outcome.run_folder.string());
  if (outcome.already_complete) fmt::print("already complete, everything reused: {}\n", run);
  if (outcome.report.result) print_result(*outcome.report.result);
  if (!outcome.report.message.empty())
    fmt::print("ended: {}\n", core::visible(outcome.report.message));
  std::error_code ignored;
  const bool published = std::filesystem::exists(outcome.run_folder / runtime::view_file, ignored);
  if (published) fmt::print("files: {}/{} (HDF5), {}/journal\n", run, runtime::view_file, run);
  if (!published) fmt::print("files: {}/journal; no {} yet\n", run, runtime::view_file);
  switch (status) {
    case 0: fmt::print("next: foundation report {}\n", run); return;
    case no_valid_result: fmt::print("next: foundation report {} (what failed)\n", run); return;
    default:
      fmt::print("next: foundation optimize {} (continues where it ended)\n",
                 core::visible(job_file));
  }
}

/// A view that cannot be written costs the view only: the journal has everything.
void make_view(const std::filesystem::path& run) {
  try {
    const journal::PosixDisk disk{run, journal::FolderAccess::read_only};
    report::rebuild_view(run, disk, report::Completeness::complete, core::wall_now());
  } catch (const core::Error& error) {
    core::log(
        core::LogLevel::warning,
        fmt::format("the HDF5 view could not be written: {}; `foundation rebuild {}` makes it",
                    error.what(), run.string()));
  }
}

void show(const runtime::OptimizeOutcome& result, const Optimize& command, const Outcome& outcome) {
  if (outcome.json) {
    print_json(to_json(result, outcome.exit_status));
  } else {
    print(result, outcome.exit_status, command.job.file);
  }
}

/// Says what would be done, by ranks on these hosts if there are some.
void run_dry(const Optimize& command, const runtime::LaunchPlan* launch, const Outcome& outcome) {
  const int ranks_here = launch == nullptr ? 1 : std::max(1, static_cast<int>(launch->ranks_here));
  const runtime::Plan plan = runtime::plan(command.options, ranks_here);
  const std::uint32_t ranks = launch == nullptr ? 1 : launch->launcher.ranks;
  const std::string hosts =
      launch == nullptr ? ""
                        : campaign::format_hosts(campaign::fill(launch->launcher.hosts, ranks));
  if (!outcome.json) return print(plan, ranks, hosts);
  nlohmann::json shown = to_json(plan);
  shown["ranks"] = ranks;
  if (!hosts.empty()) shown["hosts"] = hosts;
  print_json(shown);
}

void run_launcher(Optimize& command, const runtime::LaunchPlan& plan, Outcome& outcome) {
  const runtime::LaunchOutcome launched = runtime::launch(command.options, plan);
  if (launched.view_is_due) make_view(launched.outcome.run_folder);
  outcome.exit_status = launched.exit_status;
  show(launched.outcome, command, outcome);
}

void run(Optimize& command, Outcome& outcome) {
  command.options.job_file = command.job.file;
  command.options.overrides = command.job.overrides;
  command.options.run = command.run;
  std::optional<runtime::LaunchPlan> launch;
  if (command.launch.wanted()) launch = command.launch.plan();
  if (command.dry_run) return run_dry(command, launch ? &*launch : nullptr, outcome);
  command.options.end_time = find_end_time(command.end_time);
  if (launch) return run_launcher(command, *launch, outcome);
  const auto finish = [&](const runtime::OptimizeOutcome& result) {
    outcome.exit_status = campaign::exit_status(result.report.ending);
    if (!runtime::launcher_finishes()) show(result, command, outcome);  // the launcher shows it
  };
  command.options.end_here = [&](const runtime::OptimizeOutcome& result) {
    finish(result);
    std::fflush(stdout);
    std::_Exit(outcome.exit_status);
  };
  auto keeper = runtime::Keeper::split();
  const runtime::OptimizeOutcome result = runtime::optimize(command.options, keeper);
  if (result.rank == 0) finish(result);
}

}  // namespace

void add_optimize(CLI::App& app, Outcome& outcome) {
  const auto command = std::make_shared<Optimize>();
  CLI::App* it = app.add_subcommand("optimize",
                                    "Find the best version of a program over a trainset (alone, on "
                                    "ranks it starts with -n, or under "
                                    "mpirun, srun)");
  add_job_arguments(*it, command->job);
  runtime::OptimizeOptions& options = command->options;
  it->add_flag("--dry-run", command->dry_run,
               "Say what would be done and what it costs; do nothing");
  it->add_flag("--fresh", options.fresh, "Start a new run even if the same job has one");
  it->add_option("--run", command->run, "Continue this run folder");
  it->add_flag("--take-over", options.take_over, "Continue although the owner may still be alive");
  it->add_flag("--salvage", options.salvage, "Continue from the valid part of a damaged journal");
  it->add_option("--end-time", command->end_time,
                 "When the granted time is over: 55m, 17:30 or 2026-03-09T17:30; default: what "
                 "Slurm says");
  it->add_flag("-q,--quiet", options.quiet, "No progress");
  it->add_flag("--json", outcome.json, "The result as JSON");
  add_launch_arguments(*it, command->launch);
  it->callback([command, &outcome] { run(*command, outcome); });
}

}  // namespace foundation
