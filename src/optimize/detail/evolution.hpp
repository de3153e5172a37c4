#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.hpp"
#include "optimize/detail/symmetric_eigen.hpp"

namespace foundation::optimize::detail {

/// Learning rates and weights of CMA-ES for a dimension and a population: the defaults of
/// Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772.
struct EvolutionRates {
  EvolutionRates(std::size_t dimension, std::uint32_t population);

  /// By rank, best first: those of the better half add up to 1, the others are negative.
  std::vector<double> weights;
  double weight_sum = 0;
  double mu_eff = 0;           ///< variance-effective number of parents
  double path_step = 0;        ///< c_sigma
  double damping = 0;          ///< d_sigma
  double path_shape = 0;       ///< c_c
  double rank_one = 0;         ///< c_1
  double rank_mu = 0;          ///< c_mu
  double mean_length = 0;      ///< E|N(0, I)|
  std::uint32_t lazy_gap = 1;  ///< generations between two eigendecompositions
};

struct EvolutionStart {
  std::vector<double> mean;
  double step = 0.125;
  std::uint32_t population = 0;
  /// Values of each axis if they are counted, else 0.
  std::vector<std::uint64_t> cells;
};

/// A point that was evaluated, as it was sampled: it may lie outside of the cube.
struct SampledPoint {
  std::vector<double> point;
  bool is_current = true;  ///< sampled from the distribution as it is before the update
};

/// The distribution of one (mu/mu_w, lambda)-CMA-ES with active covariance update in [0, 1]^d:
/// N(mean, step^2 C). Cumulative step-size adaptation, stalled rank-one update (h_sigma), lazy
/// eigendecomposition.
///
/// Bounds: samples may leave the cube and the update uses them as they are, so that the
/// distribution keeps its shape at a bound. They are evaluated at `inside`: mirrored at the bounds,
/// which adds no optima that the function does not have. But a sample that is beyond a bound by
/// little, as measured by the deviation with all other coordinates fixed, is evaluated on the bound
/// itself, so that an optimum in a corner is found quickly. (On the bound alone, without mirrors, a
/// narrow valley that leaves the cube would end in a plateau.)
///
/// Counted axes (integers): their deviation has a lower bound, with which a sample leaves the
/// mean's cell with probability 1 / (d lambda) (the margin of Hamano et al., "CMA-ES with margin",
/// GECCO 2022), and selected samples in other cells count with their cells' centres (integer
/// centring of Marty et al., "LB+IC-CMA-ES", PPSN 2024), so that the mean follows them there at
/// once.
///
/// Samples of earlier distributions (proposals made before the outcomes of a generation were
/// known) are injected as in Hansen, "Injecting external solutions into CMA-ES", arXiv:1110.4181:
/// what is too far away in the current metric is pulled closer.
class Evolution {
 public:
  explicit Evolution(EvolutionStart start);

  /// One more sample; `widening` multiplies its distance from the mean.
  [[nodiscard]] std::vector<double> sample(core::Stream& stream, double widening = 1) const;
  /// A point as the distribution sees it: standard normal for its samples, 0 for the mean; and
  /// back.
  [[nodiscard]] std::vector<double> whitened(const std::vector<double>& point) const;
  [[nodiscard]] std::vector<double> unwhitened(const std::vector<double>& place) const;
  /// Learns from `population()` points, best first.
  void update(std::span<const SampledPoint> best_first);
  /// Answer to a generation whose scores are all alike: longer steps.
  void widen();

  [[nodiscard]] std::size_t dimension() const noexcept { return mean_.size(); }
  [[nodiscard]] std::uint32_t population() const noexcept { return population_; }
  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] const std::vector<double>& mean() const noexcept { return mean_; }
  /// The point of the cube at which a sample is evaluated.
  [[nodiscard]] std::vector<double> inside(std::vector<double> point) const;
  /// Length of a whitened step up to which a point of another origin is taken as it is.
  [[nodiscard]] double longest_foreign_step() const noexcept;
  /// Standard deviation of samples along an axis.
  [[nodiscard]] double deviation(std::size_t axis) const noexcept;
  /// It has shrunk to a point, or is too elongated to be sampled from exactly.
  [[nodiscard]] bool has_collapsed() const;

 private:
  struct Step {                    ///< a point as seen from the distribution
    std::vector<double> shift;     ///< y: in units of the step
    std::vector<double> whitened;  ///< C^-1/2 y in the basis of the eigenvectors
    double length = 0;             ///< |whitened|
  };
  [[nodiscard]] Step step_to(const SampledPoint& sampled, bool is_selected) const;
  [[nodiscard]] double target_of(double coordinate, std::size_t axis) const;
  void move_mean(std::span<const Step> steps);
  void follow_paths(std::span<const Step> steps);
  void adapt_shape(std::span<const Step> steps);
  void keep_in_bounds();
  [[nodiscard]] bool stretch_counted_axes();
  [[nodiscard]] double least_deviation(std::size_t axis) const;
  void decompose();
  [[nodiscard]] double conditional_deviation(std::size_t axis) const noexcept;

  std::uint32_t population_;
  EvolutionRates rates_;
  std::vector<std::uint64_t> cells_;
  std::vector<double> mean_;
  double step_;
  double start_step_;
  Matrix covariance_;               ///< C
  Eigensystem eigen_;               ///< of C, as of some generations ago
  std::vector<double> scales_;      ///< square roots of its values
  std::vector<double> step_path_;   ///< p_sigma, in the basis of the axes
  std::vector<double> shape_path_;  ///< p_c
  bool is_stalled_ = false;         ///< not h_sigma: p_sigma is too long
  std::uint32_t generation_ = 0;
  std::uint32_t decomposed_ = 0;  ///< generation of `eigen_`
};

/// Default population of a dimension: 4 + 3 ln d.
[[nodiscard]] std::uint32_t default_population(std::size_t dimension);

}  // namespace foundation::optimize::detail
