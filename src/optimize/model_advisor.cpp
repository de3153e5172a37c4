#include "optimize/detail/model_advisor.hpp"

#include <algorithm>
#include <cmath>

namespace foundation::optimize::detail {
namespace {

constexpr std::uint32_t longest_pause = 64;
/// Radius within which a model is trusted, as a share of the distance up to which the evolution
/// takes a foreign point as it is.
constexpr double trusted_share = 0.5;

}  // namespace

void ModelAdvisor::add(std::vector<double> point, double cost) {
  points_.push_back({.place = std::move(point), .cost = cost});
}

void ModelAdvisor::judge(bool was_good) {
  if (was_good) {
    next_pause_ = 1;
    return;
  }
  pause_ = next_pause_;
  next_pause_ = std::min(2 * next_pause_, longest_pause);
}

std::optional<std::vector<double>> ModelAdvisor::advise(const Evolution& evolution) {
  const std::size_t wanted = model_points_wanted(evolution.dimension()) + evolution.population();
  if (points_.size() > wanted) {
    points_.erase(points_.begin(), points_.end() - static_cast<std::ptrdiff_t>(wanted));
  }
  if (pause_ > 0) {
    --pause_;
    return std::nullopt;
  }
  std::vector<ModelPoint> seen;
  for (const ModelPoint& point : points_) {
    seen.push_back({.place = evolution.whitened(point.place), .cost = point.cost});
  }
  const auto minimum = model_minimum(seen, trusted_share * evolution.longest_foreign_step());
  if (!minimum) return std::nullopt;
  return evolution.unwhitened(*minimum);
}

}  // namespace foundation::optimize::detail
