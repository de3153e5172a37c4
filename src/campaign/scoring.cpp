#include "campaign/scoring.hpp"

#include "core/contracts.hpp"
#include "core/hash.hpp"

namespace foundation::campaign {

using model::CellResult;
using model::Split;

Scoring::Scoring(const programs::SplitDataset& data, const programs::Metric& metric,
                 std::uint32_t trials)
    : metric_{metric}, trials_{trials} {
  EXPECTS(trials > 0);
  for (std::size_t split = 0; split < truth_.size(); ++split) {
    truth_[split].reserve(data.order[split].size());
    for (const std::uint32_t index : data.order[split]) {
      const programs::Example& example = data.data.examples[index];
      truth_[split].push_back({core::hash_text(example.label), example.weight});
    }
  }
}

std::uint32_t Scoring::examples_of(Split split) const noexcept {
  return static_cast<std::uint32_t>(truth_[static_cast<std::size_t>(split)].size());
}

std::uint32_t Scoring::cells_of(Split split) const noexcept { return examples_of(split) * trials_; }

optimize::CellScale Scoring::cell_scale() const {
  const programs::ScoreScale of_metric = metric_.scale();
  optimize::CellScale scale{.low = of_metric.low,
                            .high = of_metric.high,
                            .trials = trials_,
                            .weights = {},
                            .adds_up = of_metric.adds_up};
  if (of_metric.weighted)
    for (const Truth& truth : truth_[static_cast<std::size_t>(Split::validation)])
      scale.weights.push_back(truth.weight);
  return scale;
}

programs::ScoredCell Scoring::scored(Split split, std::uint32_t example,
                                     const CellResult& cell) const {
  const Truth& truth = truth_[static_cast<std::size_t>(split)][example];
  return {.score = cell.score,
          .weight = truth.weight,
          .label = truth.label,
          .output = cell.output,
          .status = cell.status};
}

double Scoring::aggregate(Split split, std::span<const CellResult> cells) const {
  std::vector<programs::ScoredCell> scored_cells;
  scored_cells.reserve(cells.size());
  for (std::uint32_t position = 0; position < cells.size(); ++position)
    scored_cells.push_back(scored(split, position / trials_, cells[position]));
  return metric_.aggregate(scored_cells);
}

double Scoring::aggregate_examples(Split split, std::span<const CellResult> cells,
                                   std::span<const std::uint32_t> examples) const {
  std::vector<programs::ScoredCell> scored_cells;
  scored_cells.reserve(examples.size() * trials_);
  for (const std::uint32_t example : examples)
    for (std::uint32_t trial = 0; trial < trials_; ++trial)
      scored_cells.push_back(scored(split, example, cells[example * trials_ + trial]));
  return metric_.aggregate(scored_cells);
}

}  // namespace foundation::campaign
