#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace foundation::optimize::detail {

/// A point and its cost, the smaller the better.
struct ModelPoint {
  std::vector<double> place;
  double cost = 0;
};

/// Regression points a model of this dimension is fitted to, the latest ones.
[[nodiscard]] std::size_t model_points_wanted(std::size_t dimension);

/// Minimum within a ball around 0 of a quadratic function fitted to the points by weighted least
/// squares, better points weighing more: the global model of Hansen, "A global surrogate assisted
/// CMA-ES", GECCO 2019. With all mixed terms as soon as there are points enough and the dimension
/// is at most 10, else with squares alone: in the basis of the covariance matrix, which learns to
/// be the inverse of the function's curvature, there is little else. Nothing if there are too few
/// points or they do not determine a function.
[[nodiscard]] std::optional<std::vector<double>> model_minimum(std::span<const ModelPoint> points,
                                                               double radius);

}  // namespace foundation::optimize::detail
