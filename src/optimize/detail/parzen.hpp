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
/// Weights of `count` good ones, best first: the better, the more.
[[nodiscard]] std::vector<double> rank_weights(std::size_t count);

/// The kernel of one axis, the same around all centres: on an ordered axis a normal density
/// (integers: its values at the cells, normalised over all of them), else the centre's own cell
/// mixed with a share for every cell. Densities are relative to the uniform one.
class AxisKernel {
 public:
  /// As wide as the coordinates of good candidates are spread: wide while they disagree, ever
  /// narrower as they gather. `good`: their coordinates, best first, without gaps; they count by
  /// rank, and the uniform spread of `members` points does if there are none. `ordered_axes` share
  /// the space.
  AxisKernel(const Axis& axis, std::span<const double> good, std::size_t ordered_axes,
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

/// Points of a unit cube, their coordinates stored axis by axis.
class PointTable {
 public:
  explicit PointTable(std::size_t axes) : axes_(axes) {}

  void insert(std::size_t row, std::span<const double> point);
  [[nodiscard]] std::span<const double> on(std::size_t axis) const noexcept { return axes_[axis]; }

 private:
  std::vector<std::vector<double>> axes_;
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
  /// The centres are as many rows of `points`, from `first` on, as there are `weights`;
  /// `prior_weight` is in units of one average centre. `kernels` and the coordinates in `points`
  /// outlive this.
  ParzenDensity(std::span<const AxisKernel> kernels, const PointTable& points, std::size_t first,
                std::vector<double> weights, double prior_weight);

  /// The density at a point as far as it is summed up: the prior and the kernels of some centres.
  struct Sum {
    std::size_t centres = 0;  ///< that are in it
    double log_scale = 0;
    double scaled = 1;  ///< the sum over exp(log_scale)
  };
  /// That of the prior.
  [[nodiscard]] Sum begin() const noexcept { return {0, log_prior_, 1}; }
  /// Adds the next few centres.
  void extend(Sum& sum, std::span<const double> point) const;
  [[nodiscard]] bool is_complete(const Sum& sum) const noexcept {
    return sum.centres == weights_.size();
  }
  /// At most the density's logarithm, the more centres are in it the nearer.
  [[nodiscard]] static double log_of(const Sum& sum) noexcept;

  [[nodiscard]] double log_density(std::span<const double> point) const;
  /// Gives every axis a coordinate.
  [[nodiscard]] ParzenDraw draw(core::Stream& stream) const;

 private:
  std::span<const AxisKernel> kernels_;
  std::vector<std::span<const double>> centres_;  ///< by axis
  std::vector<double> weights_;                   ///< normalised together with the prior's
  double prior_ = 1;
  double log_prior_ = 0;
};

}  // namespace foundation::optimize::detail
