#pragma once

#include <cstddef>

#include "optimize/detail/gaussian_process.hpp"
#include "optimize/strategy.hpp"

/// What a candidate promises by what is predicted of it: the more, the sooner it is proposed. Lower
/// predictions are better. Values of different functions cannot be compared.
namespace foundation::optimize::detail {

/// Logarithm of the expected improvement over `best` (Jones, Schonlau and Welch, Journal of Global
/// Optimization 13, 1998), exact where the improvement underflows (Ament, Daulton, Eriksson,
/// Balandat and Bakshy, NeurIPS 2023).
[[nodiscard]] double log_expected_improvement(const Prediction& prediction, double best);

/// Logarithm of the probability that `best` is improved (Kushner, Journal of Basic Engineering 86,
/// 1964) by a hundredth of the scores' standard deviation at least (Lizotte, thesis, University of
/// Alberta, 2008): without a margin the search would hardly leave the best candidate. Exact where
/// the probability underflows.
[[nodiscard]] double log_probability_of_improvement(const Prediction& prediction, double best);

/// How far below 0 the lower end of the prediction's confidence interval is: deviations are
/// weighted by sqrt(beta) of GP-UCB for `points` points after `told` outcomes, which holds with
/// probability 0.9, beta over 5 as in its experiments (Srinivas, Krause, Kakade and Seeger, ICML
/// 2010, theorem 1 and section 6).
[[nodiscard]] double confidence_bound(const Prediction& prediction, std::size_t told,
                                      std::size_t points);

/// What there is to compare a prediction with.
struct AcquisitionSetting {
  Acquisition kind = Acquisition::expected_improvement;
  double best = 0;         ///< the lowest prediction at a candidate that is known
  std::size_t told = 0;    ///< outcomes
  std::size_t points = 1;  ///< looked at
};
/// By the function that is set.
[[nodiscard]] double promise_of(const Prediction& prediction, const AcquisitionSetting& setting);

}  // namespace foundation::optimize::detail
