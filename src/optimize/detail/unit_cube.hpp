#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/candidate.hpp"
#include "model/space.hpp"

namespace foundation::optimize::detail {

/// One parameter that can vary, as an interval [0, 1]. Reals are linear in it (log_real: in the
/// logarithm). All others are divided into equal cells, one for each value.
class Axis {
 public:
  explicit Axis(const model::Parameter& parameter);

  [[nodiscard]] const std::string& name() const noexcept { return parameter_.name; }
  [[nodiscard]] const model::Parameter& parameter() const noexcept { return parameter_; }
  /// Number of values; 0 for reals.
  [[nodiscard]] std::uint64_t cells() const noexcept { return cells_; }
  /// Its values have an order, so that a distance between them means something.
  [[nodiscard]] bool is_ordered() const noexcept;

  /// A value inside the parameter's range for every coordinate of [0, 1].
  [[nodiscard]] model::Value value_at(double coordinate) const;
  /// The coordinate of a valid value: of its cell the centre.
  [[nodiscard]] double coordinate_of(const model::Value& value) const;
  /// For an axis of cells. A coordinate between two cells belongs to the upper one.
  [[nodiscard]] std::uint64_t cell_at(double coordinate) const noexcept;
  [[nodiscard]] double centre_of(std::uint64_t cell) const noexcept;

 private:
  [[nodiscard]] std::uint64_t choice_index(const std::string& text) const;

  model::Parameter parameter_;
  std::uint64_t cells_ = 0;
  double low_ = 0;   ///< of a real: where the interval begins, its logarithm for log_real
  double span_ = 0;  ///< likewise its length
};

/// Two-way map between the parameters of a space that can vary and points of [0, 1]^d, for
/// strategies that think in numbers. Axes stand in the order of the space. Parameters with one
/// value (low = high, a single choice, free text) and demonstrations have no axis.
///
/// Choices of categorical and text parameters are cells in the order in which they were listed.
/// A distance along such an axis means nothing but "the same cell or another": a strategy that
/// relies on distances treats neighbours in the list as similar, which a user may or may not
/// have meant.
///
/// An inactive parameter keeps its axis: its coordinate has no effect on the assignment.
class UnitCube {
 public:
  /// `space` outlives this.
  explicit UnitCube(const model::Space& space);

  [[nodiscard]] std::size_t dimension() const noexcept { return axes_.size(); }
  [[nodiscard]] const std::vector<Axis>& axes() const noexcept { return axes_; }

  /// Gives coordinates in cells those of their centres.
  void move_to_centres(std::span<double> point) const;
  /// The assignment at a point: right in all but linear constraints and demonstrations, which
  /// have their initial values (Space::with_drawn_demonstrations fills them).
  [[nodiscard]] model::Assignment to_assignment(std::span<const double> point) const;
  /// The point of a valid assignment: `to_assignment` gives it back, integers exactly and reals
  /// up to rounding. Inactive parameters have the coordinates of their initial values.
  [[nodiscard]] std::vector<double> to_point(const model::Assignment& assignment) const;

 private:
  const model::Space* space_;
  std::vector<Axis> axes_;
};

}  // namespace foundation::optimize::detail
