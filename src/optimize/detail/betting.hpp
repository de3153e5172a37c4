#pragma once

#include <cstdint>
#include <span>

namespace foundation::optimize::detail {

/// Numbers that lie within [-range, range], `count` of them, in random order.
struct Population {
  std::uint32_t count = 0;
  double range = 1;
};

/// Do the first numbers of a population show that the mean of all is above `mean`? A test by
/// betting against that mean without replacement (Waudby-Smith and Ramdas, "Estimating means of
/// bounded random variables by betting", JRSS B 86, 2024, section 5, and NeurIPS 2020): under "the
/// mean is `mean` or less" the capital is a supermartingale that starts at 1, so by Ville's
/// inequality the probability that it ever reaches 1 / alpha is at most alpha, however often and
/// for whatever reason one looks. No distribution is assumed, and what remains to be drawn is
/// taken into account: the mean is certain before all numbers are there.
[[nodiscard]] bool is_mean_above(double mean, std::span<const double> drawn,
                                 const Population& population, double alpha);

}  // namespace foundation::optimize::detail
