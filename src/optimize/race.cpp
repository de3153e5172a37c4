#include "optimize/race.hpp"

#include <algorithm>
#include <cmath>

#include "core/contracts.hpp"
#include "core/mutation.hpp"

namespace foundation::optimize {

RaceSchedule::RaceSchedule(const RaceOptions& options, std::uint32_t cells)
    : heat_{options.racing == Racing::none ? 1 : options.heat}, keep_{options.keep} {
  EXPECTS(heat_ >= 1 && options.keep > 0 && options.keep < 1 && options.growth > 1);
  if (options.racing == Racing::halving) {
    double share = options.first_rung;
    for (; share < 1.0; share *= options.growth) {
      const auto prefix = static_cast<std::uint32_t>(std::ceil(share * cells));
      if (prefix >= cells) break;
      if (prefix > 0 && (prefixes_.empty() || prefix > prefixes_.back()))
        prefixes_.push_back(prefix);
    }
  }
  prefixes_.push_back(cells);
}

std::uint32_t RaceSchedule::survivors(std::uint32_t alive) const noexcept {
  const auto kept = static_cast<std::uint32_t>(std::ceil(keep_ * alive));
  return std::clamp<std::uint32_t>(kept, 1, alive);
}

std::uint64_t RaceSchedule::cost(std::uint32_t candidates) const noexcept {
  if (candidates == 0) return 0;
  std::uint64_t total = 0;
  std::uint32_t before = 0;
  std::uint32_t alive = candidates;
  for (const std::uint32_t prefix : prefixes_) {
    total += std::uint64_t{alive} * (prefix - before);
    before = prefix;
    alive = survivors(alive);
  }
  return total;
}

void rank(std::span<Standing> standings, bool maximise) {
  std::ranges::sort(standings, [maximise](const Standing& a, const Standing& b) {
    if (a.valid != b.valid) return a.valid;
    if (a.valid && a.score != b.score) return maximise ? a.score > b.score : a.score < b.score;
    if (FOUNDATION_MUTATION(ties_backwards)) return a.candidate > b.candidate;
    return a.candidate < b.candidate;
  });
}

}  // namespace foundation::optimize
