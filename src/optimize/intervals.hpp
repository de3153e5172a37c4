#pragma once

#include <cstdint>
#include <functional>
#include <span>

namespace foundation::optimize {

struct Interval {
  double estimate = 0;
  double low = 0;
  double high = 0;
};

/// Aggregate of a metric over the examples with these positions (repeats allowed).
using AggregateOf = std::function<double(std::span<const std::uint32_t> positions)>;

/// Percentile bootstrap interval (Efron 1979; Efron and Tibshirani 1993, ch. 13) of one score,
/// and of the difference of two scores measured on the same examples (paired: both are
/// resampled together). Deterministic: draws come from Stream(seed, Purpose::resample).
[[nodiscard]] Interval bootstrap_interval(const AggregateOf& score, std::uint32_t examples,
                                          std::uint64_t seed, double confidence = 0.95,
                                          std::uint32_t resamples = 2000);
[[nodiscard]] Interval paired_bootstrap_interval(const AggregateOf& score,
                                                 const AggregateOf& reference,
                                                 std::uint32_t examples, std::uint64_t seed,
                                                 double confidence = 0.95,
                                                 std::uint32_t resamples = 2000);
/// Wilson score interval of a proportion (Wilson 1927).
[[nodiscard]] Interval wilson_interval(std::uint64_t successes, std::uint64_t trials,
                                       double confidence = 0.95);

}  // namespace foundation::optimize
