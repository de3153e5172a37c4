#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/random.hpp"
#include "runtime/bench.hpp"
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
        trajectory_{problem_.make_trajectory(store_, {})} {
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
    evaluate_range(trajectory_->proposals()[middle].candidate,
                   {middle, Split::test, 0, store_.size_of(Split::test)}, store_, evaluator_);
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

/// A race replayed on recorded cells: candidates and examples in the order of one seed.
class Replay {
 public:
  Replay(const Search& full, const optimize::RaceOptions& options)
      : full_{full}, schedule_{options, full.store().size_of(Split::validation)} {
    for (const optimize::Proposal& proposal : full.trajectory().proposals()) {
      const double score = full.validation_score(proposal.candidate.index);
      scores_.push_back(score);
    }
    const bool maximise = full.problem().metric().maximise();
    best_ = maximise ? std::ranges::max(scores_) : std::ranges::min(scores_);
  }

  /// Cells evaluated, and how far the winner is from the best.
  std::pair<std::uint64_t, double> run(std::uint64_t seed) const {
    std::vector<CandidateIndex> candidates(scores_.size());
    std::iota(candidates.begin(), candidates.end(), 0U);
    core::Stream{seed, core::Purpose::simulate, 1}.shuffle(std::span{candidates});
    std::vector<std::uint32_t> order(full_.store().size_of(Split::validation));
    std::iota(order.begin(), order.end(), 0U);
    core::Stream{seed, core::Purpose::simulate, 2}.shuffle(std::span{order});
    std::uint64_t cells = 0;
    std::vector<CandidateIndex> finalists;
    const std::size_t heat = schedule_.heat_size();
    for (std::size_t first = 0; first < candidates.size(); first += heat) {
      const std::size_t count = std::min(heat, candidates.size() - first);
      run_heat({candidates.begin() + static_cast<std::ptrdiff_t>(first),
                candidates.begin() + static_cast<std::ptrdiff_t>(first + count)},
               order, cells, finalists);
    }
    double winner = std::numeric_limits<double>::quiet_NaN();
    const bool maximise = full_.problem().metric().maximise();
    for (const CandidateIndex candidate : finalists)
      if (std::isnan(winner) ||
          (maximise ? scores_[candidate] > winner : scores_[candidate] < winner))
        winner = scores_[candidate];
    return {cells, std::abs(best_ - winner)};
  }

 private:
  void run_heat(std::vector<CandidateIndex> alive, const std::vector<std::uint32_t>& order,
                std::uint64_t& cells, std::vector<CandidateIndex>& finalists) const {
    std::uint32_t before = 0;
    const auto& prefixes = schedule_.prefixes();
    for (std::size_t rung = 0; rung < prefixes.size(); ++rung) {
      cells += alive.size() * (prefixes[rung] - before);
      before = prefixes[rung];
      if (rung + 1 == prefixes.size()) break;
      std::vector<optimize::Standing> standings;
      for (const CandidateIndex candidate : alive)
        standings.push_back({candidate, prefix_score(candidate, order, prefixes[rung]), true});
      optimize::rank(standings, full_.problem().metric().maximise());
      standings.resize(schedule_.survivors(static_cast<std::uint32_t>(alive.size())));
      alive.clear();
      for (const optimize::Standing& standing : standings) alive.push_back(standing.candidate);
    }
    finalists.insert(finalists.end(), alive.begin(), alive.end());
  }
  [[nodiscard]] double prefix_score(CandidateIndex candidate,
                                    const std::vector<std::uint32_t>& order,
                                    std::uint32_t prefix) const {
    return full_.problem().scoring().aggregate_examples(
        Split::validation, full_.store().cells(candidate, Split::validation),
        std::span{order}.first(prefix));
  }

  const Search& full_;
  optimize::RaceSchedule schedule_;
  std::vector<double> scores_;
  double best_ = 0;
};

}  // namespace

QualityFigures bench_quality(const OptimizeOptions& options, std::uint32_t seeds,
                             std::uint32_t races) {
  QualityFigures figures;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed)
    figures.seeds.push_back(compare(options, seed));
  const job::Job job = job::load_job(options.job_file, options.overrides);
  const Search full{with(options, {"strategy.racing=none"})};
  const Replay replay{full, job.trajectory.race};
  figures.matrix_candidates = static_cast<std::uint32_t>(full.trajectory().proposals().size());
  figures.matrix_cells = full.store().size_of(Split::validation);
  figures.races = races;
  std::uint64_t evaluated = 0;
  for (std::uint64_t seed = 1; seed <= races; ++seed) {
    const auto [cells, distance] = replay.run(seed);
    evaluated += cells;
    if (distance <= near_enough) ++figures.near_best;
  }
  const double matrix = double{1} * figures.matrix_candidates * figures.matrix_cells;
  figures.share_of_cells = static_cast<double>(evaluated) / (matrix * races);
  return figures;
}

}  // namespace foundation::runtime
