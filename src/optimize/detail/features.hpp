#pragma once

#include <cstdint>
#include <map>
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
  /// Sets of positions that the choices of a parameter stand for, by its name.
  using Meanings = std::map<std::string, std::vector<std::vector<std::uint32_t>>>;
  /// `cube` and `space` outlive this. Choices with a meaning differ as demonstrations do.
  Features(const UnitCube& cube, const model::Space& space, std::uint32_t train_size,
           const Meanings& meanings = {});

  [[nodiscard]] std::size_t count() const noexcept;
  [[nodiscard]] FeaturePoint of(const model::Assignment& assignment) const;
  /// Distances of the point to each of `others`, added to the table.
  void add_distances(const FeaturePoint& point, std::span<const FeaturePoint> others,
                     DistanceTable& table) const;

 private:
  /// Distances between the choices of an axis, row by row; empty for one without a meaning.
  using ChoiceDistances = std::vector<double>;
  [[nodiscard]] double axis_distance(std::size_t axis, double a, double b) const;

  const UnitCube* cube_;
  std::uint32_t train_size_;
  std::vector<std::string> demonstrations_;
  std::vector<ChoiceDistances> meant_;  ///< by axis
};

}  // namespace foundation::optimize::detail
