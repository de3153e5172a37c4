#include "runtime/problem.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/time.hpp"
#include "optimize/race_rule.hpp"

namespace foundation::runtime {

using model::Split;

namespace {

constexpr std::uint32_t examples_in_record = 4096;

}  // namespace

Problem::Problem(const OptimizeOptions& options)
    : job_{job::load_job(options.job_file, options.overrides)} {
  job::require_commands(job_);
  programs::Dataset data = programs::load_dataset(job_.trainset);
  data_digest_ = data.digest();
  setup_ = {.program = job_.program,
            .program_identity = {},
            .metric = job_.metric,
            .trials = job_.trials,
            .slots = {},
            .data = programs::split_dataset(std::move(data), job_.split, job_.seed)};
  program_ = programs::make_program(setup_.program, setup_.data);
  setup_.program_identity = program_->identity();
  metric_ = programs::make_metric(setup_.metric);
  share_budget();
  scoring_ = std::make_unique<campaign::Scoring>(setup_.data, *metric_, setup_.trials);
  require_writer();
  require_readable_labels();
  require_comparable_cells();
  space_ = job::effective_space(job_, program_->space());
  identity_ = job::identity(job_, space_, program_->identity() + metric_->identity(), data_digest_);
}

void Problem::share_budget() {
  const endpoints::LimitOptions limits = limits_of(setup_);
  if (!endpoints::is_limited(limits)) return;
  budget_ = std::make_shared<endpoints::BudgetDesk>(limits);
  program_->share_budget(endpoints::BudgetDesk::budget_of(budget_));
  metric_->share_budget(endpoints::BudgetDesk::budget_of(budget_));
}

void Problem::place(std::span<const cluster::NodeResources> ranks) {
  const job::ExecutionOptions& execution = job_.execution;
  SlotRequest request{.slots_of_rank = execution.slots.value_or(program_->cells_under_way()),
                      .policy = {}};
  request.policy.max_workers = execution.max_workers;
  request.policy.min_workers_per_node = execution.min_workers_per_node;
  request.policy.cell = {job_.resources.cores, job_.resources.memory_bytes, job_.resources.gpus};
  placement_ = place_ranks(ranks, request);
  setup_.slots = placement_.slots;
  warn_of_idle_slots();
}

/// Candidates are proposed no further ahead than the job says: that, too, limits what can be under
/// way.
void Problem::warn_of_idle_slots() const {
  const optimize::RaceSchedule schedule{job_.trajectory.race, scoring_->cells_of(Split::validation),
                                        setup_.trials};
  const std::uint64_t cells = schedule.prefixes().front();
  const std::uint64_t most = job_.trajectory.lookahead * cells;
  const std::uint64_t slots =
      std::accumulate(setup_.slots.begin(), setup_.slots.end(), std::uint64_t{0});
  if (slots <= most || job_.strategy.candidates <= job_.trajectory.lookahead) return;
  core::log(
      core::LogLevel::warning,
      fmt::format("of {} slots at most {} will be busy: lookahead = {} proposals, each with {} "
                  "evaluation{} at first; raise strategy.lookahead",
                  slots, most, job_.trajectory.lookahead, cells, cells == 1 ? "" : "s"));
}

/// A strategy that has texts written needs a program that can.
void Problem::require_writer() const {
  if (!optimize::reads_texts(job_.strategy.kind) || program_->writes_texts()) return;
  const auto place = job_.places.find("strategy.kind");
  throw core::Error{
      core::ErrorKind::bad_input, place == job_.places.end() ? core::Place{} : place->second,
      fmt::format("strategy '{}' has new texts written for the program, but a program of kind '{}' "
                  "cannot write any",
                  job_.strategy.kind, job_.program.kind),
      "use it with kind = \"lm\" or a persistent command, or choose another strategy"};
}

/// A label that the metric cannot read is the trainset's fault, not a candidate's: found now
/// rather than in the middle of a run.
void Problem::require_readable_labels() const {
  if (metric_->runs_in_child() || metric_->asks_others()) return;
  for (const programs::Example& example : setup_.data.data.examples)
    static_cast<void>(metric_->score(example, {model::CellStatus::ok, example.label}));
}

/// A race that compares cells needs a metric with which it can.
void Problem::require_comparable_cells() const {
  try {
    static_cast<void>(
        optimize::make_race_rule({.options = job_.trajectory.race,
                                  .scale = scoring_->cell_scale(),
                                  .examples = scoring_->examples_of(Split::validation),
                                  .maximise = metric_->maximise()}));
  } catch (const core::Error& error) {
    const auto place = job_.places.find("strategy.racing");
    throw core::Error{error.kind(), place == job_.places.end() ? core::Place{} : place->second,
                      error.what(), error.hint()};
  }
}

optimize::CellStore Problem::make_store() const {
  return optimize::CellStore{
      {scoring_->cells_of(Split::train), scoring_->cells_of(Split::validation),
       scoring_->cells_of(Split::test)},
      optimize::reads_texts(job_.strategy.kind)};
}

std::unique_ptr<optimize::Trajectory> Problem::make_trajectory(
    optimize::CellStore& store, std::vector<optimize::Proposal> restored,
    std::vector<model::TextRequest> requests) const {
  optimize::StrategyInput input{.space = space_,
                                .train_size = setup_.data.size(Split::train),
                                .trials = setup_.trials,
                                .maximise = metric_->maximise()};
  optimize::TrajectoryOptions options = job_.trajectory;
  options.scale = scoring_->cell_scale();
  return std::make_unique<optimize::Trajectory>(
      options, optimize::make_strategy(job_.strategy, std::move(input)), metric_->maximise(),
      [scoring = scoring_.get()](Split split, std::span<const model::CellResult> cells) {
        return scoring->aggregate(split, cells);
      },
      store, std::move(restored), std::move(requests));
}

campaign::JobRecord Problem::job_record() const {
  return {.identity = identity_,
          .name = job_.name,
          .seed = job_.seed,
          .job_toml = job::effective_toml(job_),
          .program = program_->identity(),
          .data = data_digest_,
          .trainset_file = job_.trainset.file,
          .metric = std::string{metric_->name()},
          .maximise = metric_->maximise(),
          .trials = setup_.trials,
          .split_sizes = {setup_.data.size(Split::train), setup_.data.size(Split::validation),
                          setup_.data.size(Split::test)},
          .created_at = core::wall_now()};
}

std::vector<campaign::ExamplesRecord> Problem::examples() const {
  std::vector<campaign::ExamplesRecord> parts;
  for (const Split split : {Split::train, Split::validation, Split::test}) {
    for (std::uint32_t first = 0; first < setup_.data.size(split); first += examples_in_record) {
      campaign::ExamplesRecord part{
          .split = split, .first_position = first, .ids = {}, .labels = {}};
      const std::uint32_t end = std::min(first + examples_in_record, setup_.data.size(split));
      for (std::uint32_t position = first; position < end; ++position) {
        const programs::Example& example = setup_.data.at(split, position);
        part.ids.push_back(example.id);
        part.labels.push_back(example.label);
      }
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

std::optional<campaign::ObjectivesRecord> Problem::objectives_record() const {
  const optimize::ObjectiveOptions& options = job_.trajectory.objectives;
  if (options.minimised.empty()) return std::nullopt;
  return campaign::to_record(options, std::string{metric_->name()}, program_->cost_unit());
}

std::uint64_t Problem::planned_evaluations() const {
  const optimize::RaceSchedule schedule{job_.trajectory.race, scoring_->cells_of(Split::validation),
                                        setup_.trials};
  const std::uint32_t heats = job_.strategy.candidates / schedule.heat_size();
  const std::uint32_t rest = job_.strategy.candidates % schedule.heat_size();
  const std::uint64_t all = heats * schedule.cost(schedule.heat_size()) + schedule.cost(rest);
  return job_.trajectory.budget ? std::min(all, *job_.trajectory.budget) : all;
}

}  // namespace foundation::runtime
