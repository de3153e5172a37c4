#include "optimize/detail/features.hpp"

#include <bit>
#include <cmath>

namespace foundation::optimize::detail {
namespace {

using Bits = std::vector<std::uint64_t>;

int count_common(const Bits& a, const Bits& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += std::popcount(a[i] & b[i]);
  return count;
}

double set_distance(const Bits& a, const Bits& b) {
  const int sizes = count_common(a, a) * count_common(b, b);
  if (sizes == 0) return a == b ? 0 : 1;
  return 2 - 2 * count_common(a, b) / std::sqrt(static_cast<double>(sizes));
}

}  // namespace

Features::Features(const UnitCube& cube, const model::Space& space, std::uint32_t train_size)
    : cube_{&cube}, train_size_{train_size} {
  for (const model::Parameter& parameter : space.parameters()) {
    if (parameter.kind == model::ParameterKind::demonstrations) {
      demonstrations_.push_back(parameter.name);
    }
  }
}

std::size_t Features::count() const noexcept { return cube_->dimension() + demonstrations_.size(); }

FeaturePoint Features::of(const model::Assignment& assignment) const {
  FeaturePoint point;
  for (const Axis& axis : cube_->axes()) {
    const model::Value* value = assignment.find(axis.name());
    point.coordinates.push_back(value != nullptr ? axis.coordinate_of(*value) : 0.5);
  }
  for (const std::string& name : demonstrations_) {
    Bits bits(train_size_ / 64 + 1);
    for (const std::uint32_t position : assignment.demonstrations(name).positions) {
      bits[position / 64] |= std::uint64_t{1} << (position % 64);
    }
    point.shown.push_back(std::move(bits));
  }
  return point;
}

void Features::add_distances(const FeaturePoint& point, std::span<const FeaturePoint> others,
                             DistanceTable& table) const {
  std::vector<double> distances(count());
  for (const FeaturePoint& other : others) {
    std::size_t feature = 0;
    for (const Axis& axis : cube_->axes()) {
      const double difference = point.coordinates[feature] - other.coordinates[feature];
      distances[feature++] =
          axis.is_ordered() ? difference * difference : (difference != 0 ? 1 : 0);
    }
    for (std::size_t i = 0; i < demonstrations_.size(); ++i) {
      distances[feature++] = set_distance(point.shown[i], other.shown[i]);
    }
    table.add(distances);
  }
}

}  // namespace foundation::optimize::detail
