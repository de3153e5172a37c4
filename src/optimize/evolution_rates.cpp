#include <algorithm>
#include <cmath>

#include "core/exact_math.hpp"
#include "optimize/detail/evolution.hpp"

namespace foundation::optimize::detail {

using core::exact::log;

std::uint32_t default_population(std::size_t dimension) {
  const double d = std::max<double>(1, static_cast<double>(dimension));
  return 4 + static_cast<std::uint32_t>(3 * log(d));
}

// Numbers of equations are those of arXiv:1604.00772.
EvolutionRates::EvolutionRates(std::size_t dimension, std::uint32_t population) {
  const double n = std::max<double>(1, static_cast<double>(dimension));
  const std::uint32_t parents = population / 2;
  double sum = 0, squares = 0, other_sum = 0, other_squares = 0;
  for (std::uint32_t rank = 0; rank < population; ++rank) {
    const double weight = log((population + 1.0) / 2) - log(rank + 1.0);  // (49)
    weights.push_back(weight);
    (rank < parents ? sum : other_sum) += weight;
    (rank < parents ? squares : other_squares) += weight * weight;
  }
  mu_eff = sum * sum / squares;
  const double other_mu_eff = other_sum * other_sum / other_squares;
  rank_one = 2 / ((n + 1.3) * (n + 1.3) + mu_eff);  // (57)
  rank_mu = std::min(1 - rank_one,
                     2 * (0.25 + mu_eff + 1 / mu_eff - 2) / ((n + 2) * (n + 2) + mu_eff));  // (58)
  const double most_negative = std::min({1 + rank_one / rank_mu,                            // (50)
                                         1 + 2 * other_mu_eff / (mu_eff + 2),               // (51)
                                         (1 - rank_one - rank_mu) / (n * rank_mu)});        // (52)
  for (std::uint32_t rank = 0; rank < population; ++rank) {                                 // (53)
    weights[rank] *= rank < parents ? 1 / sum : most_negative / std::fabs(other_sum);
    weight_sum += weights[rank];
  }
  path_step = (mu_eff + 2) / (n + mu_eff + 5);  // (55)
  damping = 1 + 2 * std::max(0.0, std::sqrt((mu_eff - 1) / (n + 1)) - 1) + path_step;
  path_shape = (4 + mu_eff / n) / (n + 4 + 2 * mu_eff / n);  // (56)
  mean_length = std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
  lazy_gap = static_cast<std::uint32_t>(std::max(1.0, 0.5 / ((rank_one + rank_mu) * n)));
}

}  // namespace foundation::optimize::detail
