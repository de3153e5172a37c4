#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <initializer_list>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/bench.hpp"
#include "runtime/bench_racing.hpp"
#include "runtime/in_process.hpp"
#include "runtime/problem.hpp"

namespace foundation::runtime {

using model::CandidateIndex;
using model::Split;

namespace {

constexpr std::uint32_t labelled_candidates = 31;  // odd, so that there is a median
constexpr double near_enough = 0.01;

/// A finished search over a job, with all that is needed to look at its candidates again.
class Search {
 public:
  explicit Search(const OptimizeOptions& options)
      : problem_{options},
        evaluator_{problem_.program(), problem_.metric(), problem_.setup().data,
                   problem_.setup().trials},
        store_{problem_.make_store()},
        trajectory_{problem_.make_trajectory(store_, {}, {})} {
    run_in_process(*trajectory_, store_, evaluator_);
  }

  [[nodiscard]] const Problem& problem() const noexcept { return problem_; }
  [[nodiscard]] const optimize::CellStore& store() const noexcept { return store_; }
  [[nodiscard]] const optimize::Trajectory& trajectory() const noexcept { return *trajectory_; }
  [[nodiscard]] double validation_score(CandidateIndex candidate) const {
    return problem_.scoring().aggregate(Split::validation,
                                        store_.cells(candidate, Split::validation));
  }
  /// The middle candidate by validation score, with its test cells evaluated.
  CandidateIndex median() {
    std::vector<std::pair<double, CandidateIndex>> ranked;
    for (const optimize::Proposal& proposal : trajectory_->proposals())
      ranked.emplace_back(validation_score(proposal.candidate.index), proposal.candidate.index);
    std::ranges::sort(ranked);
    const CandidateIndex middle = ranked[ranked.size() / 2].second;
    evaluate_range(*trajectory_, {middle, Split::test, 0, store_.size_of(Split::test)}, store_,
                   evaluator_);
    return middle;
  }
  [[nodiscard]] optimize::AggregateOf test_score(CandidateIndex candidate) const {
    return [this, candidate](std::span<const std::uint32_t> examples) {
      return problem_.scoring().aggregate_examples(Split::test,
                                                   store_.cells(candidate, Split::test), examples);
    };
  }

 private:
  Problem problem_;
  Evaluator evaluator_;
  optimize::CellStore store_;
  std::unique_ptr<optimize::Trajectory> trajectory_;
};

OptimizeOptions with(OptimizeOptions options, std::initializer_list<std::string> overrides) {
  options.overrides.insert(options.overrides.end(), overrides);
  return options;
}

QualityCase compare(const OptimizeOptions& options, std::uint64_t seed) {
  const OptimizeOptions seeded = with(options, {fmt::format("job.seed={}", seed)});
  const Search search{seeded};
  Search labelled{with(seeded, {"strategy.kind=labeled_few_shot", "strategy.racing=none",
                                fmt::format("strategy.candidates={}", labelled_candidates)})};
  const CandidateIndex median = labelled.median();
  const CandidateIndex winner = search.trajectory().winner();
  QualityCase result{.seed = seed, .difference = {}};
  std::vector<std::uint32_t> all(search.problem().setup().data.size(Split::test));
  std::iota(all.begin(), all.end(), 0U);
  result.winner_test = search.test_score(winner)(all);
  result.median_test = labelled.test_score(median)(all);
  result.difference =
      optimize::paired_bootstrap_interval(search.test_score(winner), labelled.test_score(median),
                                          static_cast<std::uint32_t>(all.size()), seed);
  return result;
}

RecordedMatrix record(const Search& full) {
  RecordedMatrix matrix{.data = {}, .trials = full.problem().setup().trials, .rows = {}};
  const programs::SplitDataset& data = full.problem().setup().data;
  for (std::uint32_t position = 0; position < data.size(Split::validation); ++position) {
    const programs::Example& example = data.at(Split::validation, position);
    matrix.data.order[static_cast<std::size_t>(Split::validation)].push_back(position);
    matrix.data.data.examples.push_back(
        {.id = {}, .inputs = {}, .label = example.label, .group = {}, .weight = example.weight});
  }
  for (const optimize::Proposal& proposal : full.trajectory().proposals()) {
    const auto cells = full.store().cells(proposal.candidate.index, Split::validation);
    matrix.rows.emplace_back(cells.begin(), cells.end());
  }
  return matrix;
}

struct Rule {
  std::string_view name;
  optimize::Racing racing;
};
constexpr std::array rules{
    Rule{"halving", optimize::Racing::halving}, Rule{"paired", optimize::Racing::paired},
    Rule{"asha", optimize::Racing::asha}, Rule{"friedman", optimize::Racing::friedman}};

/// Not every rule can compare cells of every metric.
bool fits(const Rule& rule, const programs::Metric& metric) {
  const programs::ScoreScale scale = metric.scale();
  if (rule.racing == optimize::Racing::paired)
    return scale.adds_up && std::isfinite(scale.low) && std::isfinite(scale.high);
  return rule.racing != optimize::Racing::friedman || scale.adds_up;
}

/// `matrix_of` a race's seed.
RaceCase run_races(std::string matrix_name, const Rule& rule, const programs::Metric& metric,
                   optimize::TrajectoryOptions options, std::uint32_t races,
                   const std::function<const RecordedMatrix&(std::uint64_t seed)>& matrix_of) {
  options.race.racing = rule.racing;
  options.budget.reset();
  options.target.reset();
  options.lookahead = std::max(options.lookahead, 2 * options.race.heat);
  RaceCase result{.matrix = std::move(matrix_name), .rule = std::string{rule.name}, .races = races};
  for (std::uint64_t seed = 1; seed <= races; ++seed) {
    const RecordedMatrix& matrix = matrix_of(seed);
    const ReplayedRace race = replay_race(matrix, metric, options, seed);
    result.candidates = static_cast<std::uint32_t>(matrix.rows.size());
    result.cells = static_cast<std::uint32_t>(matrix.rows.front().size());
    result.share_of_cells += race.share_of_cells / races;
    if (race.distance <= near_enough) ++result.near_best;
  }
  return result;
}

std::vector<RaceCase> replay_all(const OptimizeOptions& options, std::uint32_t races) {
  const job::Job job = job::load_job(options.job_file, options.overrides);
  const Search full{with(options, {"strategy.racing=none"})};
  const RecordedMatrix recorded = record(full);
  const auto accuracy = programs::make_metric({});
  std::vector<RaceCase> cases;
  const programs::Metric& metric = full.problem().metric();
  for (const Rule& rule : rules)
    if (fits(rule, metric))
      cases.push_back(run_races("the job's", rule, metric, job.trajectory, races,
                                [&](std::uint64_t) -> const RecordedMatrix& { return recorded; }));
  RecordedMatrix ties;
  for (const Rule& rule : rules)
    cases.push_back(run_races(
        "near ties", rule, *accuracy, job.trajectory, races,
        [&](std::uint64_t seed) -> const RecordedMatrix& { return ties = near_ties(seed); }));
  return cases;
}

}  // namespace

QualityFigures bench_quality(const OptimizeOptions& options, std::uint32_t seeds,
                             std::uint32_t races) {
  QualityFigures figures;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    figures.seeds.push_back(compare(options, seed));
  if (races > 0) figures.races = replay_all(options, races);
  return figures;
}

}  // namespace foundation::runtime
