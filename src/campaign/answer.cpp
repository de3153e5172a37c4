#include "campaign/answer.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace foundation::campaign {

using model::CandidateIndex;
using model::CellRange;
using model::Split;

namespace {

/// Digests of cells, with their costs where candidates are compared by these.
class CellHasher {
 public:
  CellHasher(core::Hasher& hasher, const optimize::Trajectory& trajectory,
             const optimize::CellStore& store)
      : hasher_{hasher},
        store_{store},
        with_costs_{trajectory.objectives().options().counts(optimize::Objective::cost)} {}

  void add_results(const CellRange& range) {
    core::Encoder row;
    for (const model::CellResult& cell :
         store_.cells(range.candidate, range.split).subspan(range.begin, range.size())) {
      row << cell.status << cell.score << cell.output;
      if (with_costs_) row << cell.cost;
    }
    hasher_.add_bytes(row.bytes());
  }

  void add_cells(const CellRange& range) {
    hasher_.add(range.candidate).add(range.split).add(range.begin).add(range.end);
    add_results(range);
  }

 private:
  core::Hasher& hasher_;
  const optimize::CellStore& store_;
  bool with_costs_;
};

/// The samples that proposals were derived from, by the content of their requests: which request
/// came first depends on timing.
void add_samples(core::Hasher& hasher, const optimize::Trajectory& trajectory, CellHasher& cells) {
  std::vector<std::pair<core::Digest, CellRange>> samples;
  for (const CellRange& range : trajectory.used_samples())
    samples.emplace_back(trajectory.requests().digest_of(range.candidate), range);
  std::ranges::sort(samples, {}, [](const auto& it) {
    return std::pair{it.first, it.second.begin};
  });
  for (const auto& [request, range] : samples) {
    hasher.add(request.high).add(request.low).add(range.begin).add(range.end);
    cells.add_results(range);
  }
}

optimize::Interval test_interval(const optimize::CellStore& store, const Scoring& scoring,
                                 CandidateIndex candidate, std::uint64_t seed) {
  const auto cells = store.cells(candidate, Split::test);
  return optimize::bootstrap_interval(
      [&](std::span<const std::uint32_t> examples) {
        return scoring.aggregate_examples(Split::test, cells, examples);
      },
      scoring.examples_of(Split::test), seed);
}

}  // namespace

core::Digest answer_digest(const optimize::Trajectory& trajectory,
                           const optimize::CellStore& store) {
  core::Hasher hasher;
  CellHasher cells{hasher, trajectory, store};
  for (const optimize::Proposal& proposal : trajectory.proposals()) {
    const CandidateIndex index = proposal.candidate.index;
    const core::Digest candidate = model::digest(proposal.candidate.assignment);
    hasher.add(index).add(candidate.high).add(candidate.low);
    for (const Split split : {Split::validation, Split::test})
      cells.add_cells(trajectory.counted_cells(index, split));
  }
  for (const CellRange& range : trajectory.used_train_cells()) cells.add_cells(range);
  add_samples(hasher, trajectory, cells);
  hasher.add(trajectory.winner());
  return hasher.digest();
}

FinishedRecord summarise(const optimize::Trajectory& trajectory, const optimize::CellStore& store,
                         const Scoring& scoring, std::uint64_t seed) {
  FinishedRecord result;
  const CandidateIndex baseline = 0;
  const CandidateIndex winner = trajectory.winner();
  result.winner = winner;
  result.baseline = baseline;
  const auto validation_score = [&](CandidateIndex candidate) {
    const auto cells = store.cells(candidate, Split::validation);
    const std::uint32_t all = scoring.cells_of(Split::validation);
    if (store.finished_prefix(candidate, Split::validation) < all)
      return std::numeric_limits<double>::quiet_NaN();
    return scoring.aggregate(Split::validation, cells.first(all));
  };
  result.validation_winner = validation_score(winner);
  result.validation_baseline = validation_score(baseline);
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  result.test_winner = result.test_baseline = result.test_difference = {none, none, none};
  if (scoring.examples_of(Split::test) > 0) {
    result.test_winner = test_interval(store, scoring, winner, seed);
    result.test_baseline = test_interval(store, scoring, baseline, seed);
    const auto score_of = [&](CandidateIndex candidate) {
      return [&scoring, cells = store.cells(candidate, Split::test)](
                 std::span<const std::uint32_t> examples) {
        return scoring.aggregate_examples(Split::test, cells, examples);
      };
    };
    result.test_difference = optimize::paired_bootstrap_interval(
        score_of(winner), score_of(baseline), scoring.examples_of(Split::test), seed);
  }
  result.answer = answer_digest(trajectory, store);
  result.stop_reason = trajectory.stop_reason();
  result.evaluations = trajectory.committed();
  result.test_evaluations =
      std::uint64_t{scoring.cells_of(Split::test)} * (winner == baseline ? 1 : 2);
  return result;
}

}  // namespace foundation::campaign
