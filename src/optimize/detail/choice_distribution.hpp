#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.hpp"

namespace foundation::optimize::detail {

/// Probabilities of the choices of one parameter without an order, learned from the better half of
/// each generation: population-based incremental learning (Baluja, CMU-CS-94-163) with weights by
/// rank, and with a lower bound on every probability, so that no choice is lost for good (as in
/// Hamano et al., "CatCMA", GECCO 2024).
class ChoiceDistribution {
 public:
  /// Uniform, but for half of the mass on `favourite` when there is one (below `choices`).
  ChoiceDistribution(std::uint32_t choices, std::uint32_t favourite);

  /// `flattening` above 1 mixes with uniform draws.
  [[nodiscard]] std::uint32_t sample(core::Stream& stream, double flattening) const;
  /// Moves a share `weight` of the mass towards a choice.
  struct Vote {
    std::uint32_t choice = 0;
    double weight = 0;
  };
  void update(std::span<const Vote> votes, double least);
  [[nodiscard]] double probability(std::uint32_t choice) const { return mass_[choice]; }

 private:
  std::vector<double> mass_;
};

}  // namespace foundation::optimize::detail
