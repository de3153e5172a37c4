#include "optimize/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"
#include "core/random.hpp"

namespace foundation::optimize {
namespace {

/// Percentile bootstrap of any statistic of positions. Resamples without a value (NaN: a metric
/// that is undefined on them) are left out.
Interval percentile_interval(const AggregateOf& statistic, std::uint32_t examples,
                             std::uint64_t seed, double confidence, std::uint32_t resamples) {
  EXPECTS(examples > 0 && resamples > 0 && confidence > 0 && confidence < 1);
  std::vector<std::uint32_t> positions(examples);
  std::iota(positions.begin(), positions.end(), 0U);
  const double estimate = statistic(positions);
  std::vector<double> values;
  values.reserve(resamples);
  for (std::uint32_t resample = 0; resample < resamples; ++resample) {
    core::Stream stream{seed, core::Purpose::resample, resample};
    for (std::uint32_t& position : positions) {
      position = static_cast<std::uint32_t>(stream.below(examples));
    }
    if (const double value = statistic(positions); !std::isnan(value)) values.push_back(value);
  }
  if (values.empty()) return {estimate, estimate, estimate};
  std::ranges::sort(values);
  const double tail = (1 - confidence) / 2;
  return {estimate, core::exact::quantile(values, tail), core::exact::quantile(values, 1 - tail)};
}

}  // namespace

Interval bootstrap_interval(const AggregateOf& score, std::uint32_t examples, std::uint64_t seed,
                            double confidence, std::uint32_t resamples) {
  return percentile_interval(score, examples, seed, confidence, resamples);
}

Interval paired_bootstrap_interval(const AggregateOf& score, const AggregateOf& reference,
                                   std::uint32_t examples, std::uint64_t seed, double confidence,
                                   std::uint32_t resamples) {
  const AggregateOf difference = [&](std::span<const std::uint32_t> positions) {
    return score(positions) - reference(positions);
  };
  return percentile_interval(difference, examples, seed, confidence, resamples);
}

Interval wilson_interval(std::uint64_t successes, std::uint64_t trials, double confidence) {
  EXPECTS(successes <= trials && confidence > 0 && confidence < 1);
  if (trials == 0) return {0, 0, 1};
  const auto n = static_cast<double>(trials);
  const double share = static_cast<double>(successes) / n;
  const double z = core::exact::normal_quantile(0.5 + confidence / 2);
  const double shrink = 1 + z * z / n;
  const double centre = (share + z * z / (2 * n)) / shrink;
  const double reach = z / shrink * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double low = successes == 0 ? 0 : std::max(0.0, centre - reach);
  const double high = successes == trials ? 1 : std::min(1.0, centre + reach);
  return {share, low, high};
}

}  // namespace foundation::optimize
