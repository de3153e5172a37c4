#include "optimize/race.hpp"

#include <algorithm>
#include <cmath>

#include "core/contracts.hpp"
#include "core/mutation.hpp"

namespace foundation::optimize {
namespace {

constexpr std::uint32_t examples_before_ranks = 3;
constexpr std::uint32_t examples_a_tenth_is_of = 10;

bool is_alone(Racing racing) { return racing == Racing::none || racing == Racing::asha; }

/// Growing by a factor from a share of all.
std::vector<std::uint32_t> growing_prefixes(const RaceOptions& options, std::uint32_t all) {
  std::vector<std::uint32_t> prefixes;
  double share = options.first_rung;
  for (; share < 1.0; share *= options.growth) {
    const auto prefix = static_cast<std::uint32_t>(std::ceil(share * all));
    if (prefix >= all) break;
    if (prefix > 0 && (prefixes.empty() || prefix > prefixes.back())) prefixes.push_back(prefix);
  }
  return prefixes;
}

std::vector<std::uint32_t> rank_test_prefixes(std::uint32_t examples) {
  std::vector<std::uint32_t> prefixes;
  for (std::uint32_t prefix = examples_before_ranks; prefix < examples;
       prefix += std::max(1U, prefix / examples_a_tenth_is_of))
    prefixes.push_back(prefix);
  return prefixes;
}

}  // namespace

std::uint32_t kept_of(std::uint32_t alive, double keep) noexcept {
  const auto kept = static_cast<std::uint32_t>(std::ceil(keep * alive));
  return std::clamp<std::uint32_t>(kept, 1, alive);
}

RaceSchedule::RaceSchedule(const RaceOptions& options, std::uint32_t cells, std::uint32_t trials)
    : heat_{is_alone(options.racing) ? 1 : options.heat},
      keep_{options.keep},
      has_fixed_shares_{options.racing == Racing::none || options.racing == Racing::halving} {
  EXPECTS(heat_ >= 1 && options.keep > 0 && options.keep < 1 && options.growth > 1);
  EXPECTS(trials >= 1 && cells % trials == 0);
  if (options.racing == Racing::halving) {
    prefixes_ = growing_prefixes(options, cells);
  } else if (options.racing != Racing::none) {
    prefixes_ = options.racing == Racing::friedman ? rank_test_prefixes(cells / trials)
                                                   : growing_prefixes(options, cells / trials);
    for (std::uint32_t& prefix : prefixes_) prefix *= trials;
  }
  prefixes_.push_back(cells);
}

std::uint64_t RaceSchedule::cost(std::uint32_t candidates) const noexcept {
  if (candidates == 0) return 0;
  if (!has_fixed_shares_) return std::uint64_t{candidates} * prefixes_.back();
  std::uint64_t total = 0;
  std::uint32_t before = 0;
  std::uint32_t alive = candidates;
  for (const std::uint32_t prefix : prefixes_) {
    total += std::uint64_t{alive} * (prefix - before);
    before = prefix;
    alive = kept_of(alive, keep_);
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
