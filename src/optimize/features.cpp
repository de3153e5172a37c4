#include "optimize/detail/features.hpp"

#include <bit>
#include <cmath>

#include "core/contracts.hpp"

namespace foundation::optimize::detail {
namespace {

using Bits = std::vector<std::uint64_t>;

int count_common(const Bits& a, const Bits& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += std::popcount(a[i] & b[i]);
  return count;
}

Bits bits_of(std::span<const std::uint32_t> positions, std::uint32_t train_size) {
  Bits bits(train_size / 64 + 1);
  for (const std::uint32_t position : positions)
    bits[position / 64] |= std::uint64_t{1} << (position % 64);
  return bits;
}

double set_distance(const Bits& a, const Bits& b) {
  const int sizes = count_common(a, a) * count_common(b, b);
  if (sizes == 0) return a == b ? 0 : 1;
  return 2 - 2 * count_common(a, b) / std::sqrt(static_cast<double>(sizes));
}

}  // namespace

Features::Features(const UnitCube& cube, const model::Space& space, std::uint32_t train_size,
                   const Meanings& meanings)
    : cube_{&cube}, train_size_{train_size} {
  for (const Axis& axis : cube.axes()) {
    ChoiceDistances& distances = meant_.emplace_back();
    const auto found = meanings.find(axis.name());
    if (found == meanings.end()) continue;
    EXPECTS(found->second.size() == axis.cells());
    for (const auto& a : found->second)
      for (const auto& b : found->second)
        distances.push_back(set_distance(bits_of(a, train_size), bits_of(b, train_size)));
  }
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
    point.shown.push_back(bits_of(assignment.demonstrations(name).positions, train_size_));
  }
  return point;
}

double Features::axis_distance(std::size_t axis, double a, double b) const {
  const Axis& its = cube_->axes()[axis];
  if (!meant_[axis].empty()) return meant_[axis][its.cell_at(a) * its.cells() + its.cell_at(b)];
  const double difference = a - b;
  return its.is_ordered() ? difference * difference : (difference != 0 ? 1 : 0);
}

void Features::add_distances(const FeaturePoint& point, std::span<const FeaturePoint> others,
                             DistanceTable& table) const {
  std::vector<double> distances(count());
  for (const FeaturePoint& other : others) {
    std::size_t feature = 0;
    for (; feature < cube_->dimension(); ++feature) {
      distances[feature] =
          axis_distance(feature, point.coordinates[feature], other.coordinates[feature]);
    }
    for (std::size_t i = 0; i < demonstrations_.size(); ++i) {
      distances[feature++] = set_distance(point.shown[i], other.shown[i]);
    }
    table.add(distances);
  }
}

}  // namespace foundation::optimize::detail
