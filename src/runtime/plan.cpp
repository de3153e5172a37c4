#include <algorithm>

#include "core/time.hpp"
#include "optimize/no_evidence.hpp"
#include "runtime/evaluator.hpp"
#include "runtime/optimize.hpp"
#include "runtime/own_run.hpp"
#include "runtime/problem.hpp"

namespace foundation::runtime {

using model::Split;

namespace {

constexpr std::uint32_t probe_cells = 50;
constexpr std::uint64_t bytes_in_memory = 33;   // CellResult and its requested mark
constexpr std::uint64_t bytes_in_journal = 34;  // CellResult and its share of headers

/// Seconds a cell of the baseline takes, over a few cells of the validation split; 0 for a program
/// that asks others, who may charge for it.
double probe(const Problem& problem) {
  if (problem.program().cells_under_way() > 0 || problem.metric().asks_others()) return 0;
  const auto strategy = optimize::make_strategy(
      problem.job().strategy, {.space = problem.space(),
                               .train_size = problem.setup().data.size(Split::train),
                               .trials = problem.setup().trials,
                               .maximise = problem.metric().maximise()});
  const optimize::Reply reply = strategy->ask(0, optimize::NoEvidence{});
  const auto* baseline = std::get_if<model::Candidate>(&reply);
  if (baseline == nullptr) return 0;
  Evaluator evaluator{problem.program(), problem.metric(), problem.setup().data,
                      problem.setup().trials};
  campaign::LeaseQueue::Work work;
  work.candidate = std::make_shared<const model::Candidate>(*baseline);
  work.lease.range = {0, Split::validation, 0,
                      std::min(probe_cells, problem.scoring().cells_of(Split::validation))};
  ResultsMessage results;
  evaluator.evaluate(work, results);
  return static_cast<double>(results.busy_ns) * 1e-9 / work.lease.range.size();
}

}  // namespace

Plan plan(const OptimizeOptions& options, int ranks_on_node) {
  Problem problem{options};
  problem.place(std::vector(static_cast<std::size_t>(ranks_on_node), cluster::sample_node()));
  const job::Job& job = problem.job();
  Plan plan;
  plan.job = job.name;
  for (int split = 0; split < model::split_count; ++split)
    plan.examples[static_cast<std::size_t>(split)] =
        problem.setup().data.size(static_cast<Split>(split));
  plan.candidates = job.strategy.candidates;
  plan.evaluations = problem.planned_evaluations();
  if (job.strategy.kind == "bootstrap_random_search")
    plan.bootstraps = problem.scoring().cells_of(Split::train);
  plan.has_texts_written = optimize::reads_texts(job.strategy.kind);
  plan.test_evaluations = 2 * std::uint64_t{problem.scoring().cells_of(Split::test)};
  const std::uint64_t cells = plan.evaluations + plan.bootstraps + plan.test_evaluations;
  plan.memory_bytes = cells * bytes_in_memory;
  plan.journal_bytes = cells * bytes_in_journal;
  plan.baseline_cell_s = probe(problem);
  plan.slots = problem.setup().slots.front();
  plan.max_workers = job.execution.max_workers;
  const optimize::RaceSchedule schedule{
      job.trajectory.race, problem.scoring().cells_of(Split::validation), problem.setup().trials};
  plan.rungs = schedule.prefixes();
  plan.may_take_less = schedule.gives_back();
  plan.runs_folder = job.runs_folder;
  plan.same_job = existing_run(problem, options);
  return plan;
}

}  // namespace foundation::runtime
