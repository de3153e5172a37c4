#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/random.hpp"
#include "optimize/detail/observation.hpp"
#include "optimize/detail/unit_cube.hpp"

namespace foundation::optimize::detail {

/// How many of the told candidates are good ones: the square root, but at least four.
[[nodiscard]] std::size_t good_count(std::size_t told) noexcept;
/// Weight of the one at `place` (from 0) among `count` good ones: the better, the more.
[[nodiscard]] double rank_weight(std::size_t place, std::size_t count) noexcept;

/// Where a kernel of a Parzen density sits.
struct KernelCentre {
  std::span<const double> point;
  double weight = 1;
};

/// The kernel of one axis, the same around all centres: on an ordered axis a normal density
/// (integers: its values at the cells, normalised over all of them), else the centre's own cell
/// mixed with a share for every cell. Densities are relative to the uniform one.
class AxisKernel {
 public:
  /// As wide as the coordinates of good candidates are spread: wide while they disagree, ever
  /// narrower as they gather. `best_first`: coordinates of all valid candidates that have any; the
  /// good ones of them count, by rank, and the uniform spread of `members` points if there are
  /// none. `ordered_axes` share the space.
  AxisKernel(const Axis& axis, std::span<const double> best_first, std::size_t ordered_axes,
             std::size_t members = 1);

  /// Adds each centre's log density at `x` to `sums`; nothing where the centre is absent.
  void add_log_densities(double x, std::span<const double> centres,
                         std::span<double> sums) const noexcept;
  /// Draws from the kernel around `centre`, within [0, 1]; uniform around an absent one.
  [[nodiscard]] double draw(double centre, core::Stream& stream) const;
  /// Standard deviation on an ordered axis, else the share that is spread over all cells.
  [[nodiscard]] double width() const noexcept { return width_; }

 private:
  bool is_ordered_;
  double width_ = 1;
  double log_peak_ = 0;       ///< at the centre
  double log_elsewhere_ = 0;  ///< in another cell than the centre, if not ordered
};

/// A point drawn from a density, and the centre of the kernel it came from; none: the prior.
struct ParzenDraw {
  std::vector<double> point;
  std::optional<std::size_t> centre;
};

/// Density over the points of a space's unit cube, with gaps (`absent`) where parameters are
/// inactive: a sum of kernels, each the
/// product of those of its axes, and a uniform prior. A kernel says nothing on (is uniform in)
/// the parameters that were inactive at its centre, so that one density covers all active sets
/// of a conditional space.
///
/// Kernels are not cut off at the borders of the cube: where two densities with the same kernels
/// are compared, the shares beyond cancel.
class ParzenDensity {
 public:
  /// `prior_weight` is in units of one average centre. `kernels` outlives this.
  ParzenDensity(std::span<const AxisKernel> kernels, std::span<const KernelCentre> centres,
                double prior_weight);

  [[nodiscard]] double log_density(std::span<const double> point) const;
  /// Gives every axis a coordinate.
  [[nodiscard]] ParzenDraw draw(core::Stream& stream) const;

 private:
  [[nodiscard]] std::span<const double> centres_on(std::size_t axis) const noexcept;

  std::span<const AxisKernel> kernels_;
  std::vector<double> weights_;  ///< normalised together with the prior's
  std::vector<double> log_weights_;
  std::vector<double> coordinates_;  ///< of all centres on the first axis, on the second, ...
  double prior_;
};

}  // namespace foundation::optimize::detail
