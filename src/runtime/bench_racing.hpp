#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/cell.hpp"
#include "optimize/trajectory.hpp"
#include "programs/dataset.hpp"
#include "programs/metric.hpp"

namespace foundation::runtime {

/// Every candidate evaluated on every cell of a validation split: a search that racing can be
/// replayed on without evaluating anything.
struct RecordedMatrix {
  programs::SplitDataset data;  ///< the validation split alone; only labels and weights matter
  std::uint32_t trials = 1;
  std::vector<std::vector<model::CellResult>> rows;  ///< by candidate, cells in the split's order
};

struct ReplayedRace {
  double share_of_cells = 0;  ///< evaluated, of the whole matrix
  double distance = 0;        ///< of the winner's score on all cells from the best one's
};

/// Runs a trajectory on the matrix, with candidates and examples in the order of a seed.
[[nodiscard]] ReplayedRace replay_race(const RecordedMatrix& matrix, const programs::Metric& metric,
                                       const optimize::TrajectoryOptions& options,
                                       std::uint64_t seed);

/// 64 candidates x 1000 cells under accuracy, all within two points of each other: their true
/// rates lie evenly between 0.69 and 0.71, and all find the same examples hard.
[[nodiscard]] RecordedMatrix near_ties(std::uint64_t seed);

}  // namespace foundation::runtime
