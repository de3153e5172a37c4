#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/candidate.hpp"
#include "model/space.hpp"
#include "optimize/detail/gaussian_process.hpp"
#include "optimize/detail/unit_cube.hpp"

namespace foundation::optimize::detail {

/// A candidate as a kernel sees it.
struct FeaturePoint {
  std::vector<double> coordinates;                ///< on the axes; the middle where inactive
  std::vector<std::vector<std::uint64_t>> shown;  ///< positions of each demonstrations parameter
};

/// What candidates differ in: the axes of the unit cube and the demonstrations parameters. All
/// squared distances are those of points in a Euclidean space, so every kernel is positive
/// definite: of numbers the square of the difference, of choices 1 where they differ (Hamming), of
/// demonstrations 2 - 2 cos of the angle between the sets as 0/1 vectors.
class Features {
 public:
  /// `cube` and `space` outlive this.
  Features(const UnitCube& cube, const model::Space& space, std::uint32_t train_size);

  [[nodiscard]] std::size_t count() const noexcept;
  [[nodiscard]] FeaturePoint of(const model::Assignment& assignment) const;
  /// Distances of the point to each of `others`, added to the table.
  void add_distances(const FeaturePoint& point, std::span<const FeaturePoint> others,
                     DistanceTable& table) const;

 private:
  const UnitCube* cube_;
  std::uint32_t train_size_;
  std::vector<std::string> demonstrations_;
};

}  // namespace foundation::optimize::detail
