#include "optimize/detail/choice_distribution.hpp"

#include <algorithm>

#include "core/contracts.hpp"

namespace foundation::optimize::detail {

ChoiceDistribution::ChoiceDistribution(std::uint32_t choices, std::uint32_t favourite)
    : mass_(choices, 1.0 / choices) {
  EXPECTS(choices > 0);
  if (favourite >= choices) return;
  for (double& mass : mass_) mass /= 2;
  mass_[favourite] += 0.5;
}

std::uint32_t ChoiceDistribution::sample(core::Stream& stream, double flattening) const {
  const auto count = static_cast<std::uint32_t>(mass_.size());
  const double kind = stream.uniform();
  double place = stream.uniform();
  if (kind * flattening >= 1) return std::min(static_cast<std::uint32_t>(place * count), count - 1);
  for (std::uint32_t choice = 0; choice + 1 < count; ++choice) {
    if (place < mass_[choice]) return choice;
    place -= mass_[choice];
  }
  return count - 1;
}

void ChoiceDistribution::update(std::span<const Vote> votes, double least) {
  double moved = 0;
  for (const Vote& vote : votes) moved += vote.weight;
  EXPECTS(moved <= 1 + 1e-9);
  for (double& mass : mass_) mass *= 1 - moved;
  for (const Vote& vote : votes) mass_[vote.choice] += vote.weight;
  double sum = 0;
  for (double& mass : mass_) sum += mass = std::max(mass, least);
  for (double& mass : mass_) mass /= sum;
}

}  // namespace foundation::optimize::detail
