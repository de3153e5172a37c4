#include "campaign/cost_histogram.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace foundation::campaign {
namespace {

constexpr std::size_t bin_bits = 3;  // 2^3 bins an octave

std::size_t bin_of(std::uint64_t value) {
  if (value < (1U << bin_bits)) return static_cast<std::size_t>(value);
  const std::size_t shift = static_cast<std::size_t>(std::bit_width(value)) - 1 - bin_bits;
  return (shift << bin_bits) + static_cast<std::size_t>(value >> shift);
}

/// The largest value of a bin.
std::uint64_t top_of(std::size_t bin) {
  if (bin < (2U << bin_bits)) return bin;
  const std::size_t shift = (bin >> bin_bits) - 1;
  const std::uint64_t mantissa = (bin & ((1U << bin_bits) - 1)) + (1U << bin_bits);
  return ((mantissa + 1) << shift) - 1;
}

}  // namespace

void CostHistogram::add(core::Duration cost) noexcept {
  static_assert(1U << bin_bits == bins_an_octave);
  ++counts_[bin_of(static_cast<std::uint64_t>(std::max<std::int64_t>(cost.count(), 1)))];
  ++count_;
}

core::Duration CostHistogram::quantile(double probability) const noexcept {
  if (count_ == 0) return core::Duration{0};
  const double wanted = probability * static_cast<double>(count_);
  std::uint64_t seen = 0;
  std::size_t bin = 0;
  while (bin + 1 < counts_.size() && static_cast<double>(seen += counts_[bin]) < wanted) ++bin;
  return core::Duration{static_cast<std::int64_t>(
      std::min<std::uint64_t>(top_of(bin), std::numeric_limits<std::int64_t>::max()))};
}

}  // namespace foundation::campaign
