#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "model/cell.hpp"
#include "optimize/trajectory.hpp"
#include "programs/dataset.hpp"
#include "programs/metric.hpp"

namespace foundation::campaign {

/// Aggregated scores of cells under a metric: joins what a cell produced with the label and
/// weight of its example. `data` and `metric` outlive this. Thread-safe.
class Scoring {
 public:
  Scoring(const programs::SplitDataset& data, const programs::Metric& metric, std::uint32_t trials);

  /// Score of the first cells of a split.
  [[nodiscard]] double aggregate(model::Split split,
                                 std::span<const model::CellResult> cells) const;
  /// Score of the examples at these positions (repeats allowed), all their trials.
  [[nodiscard]] double aggregate_examples(model::Split split,
                                          std::span<const model::CellResult> cells,
                                          std::span<const std::uint32_t> examples) const;
  [[nodiscard]] std::uint32_t cells_of(model::Split split) const noexcept;
  [[nodiscard]] std::uint32_t examples_of(model::Split split) const noexcept;
  /// For races that compare cells of the validation split.
  [[nodiscard]] optimize::CellScale cell_scale() const;
  [[nodiscard]] bool maximise() const noexcept { return metric_.maximise(); }
  [[nodiscard]] std::uint32_t trials() const noexcept { return trials_; }

 private:
  struct Truth {
    std::uint64_t label = 0;
    double weight = 1;
  };
  [[nodiscard]] programs::ScoredCell scored(model::Split split, std::uint32_t example,
                                            const model::CellResult& cell) const;

  const programs::Metric& metric_;
  std::uint32_t trials_;
  std::array<std::vector<Truth>, model::split_count> truth_;
};

}  // namespace foundation::campaign
