#include "optimize/detail/betting.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace foundation::optimize::detail {
namespace {

/// So many 1, so many -1, the rest 0, in the order of a seed.
std::vector<double> differences(std::uint32_t count, std::uint32_t ups, std::uint32_t downs,
                                std::uint64_t seed) {
  std::vector<double> numbers(count, 0.0);
  for (std::uint32_t i = 0; i < ups; ++i) numbers[i] = 1;
  for (std::uint32_t i = 0; i < downs; ++i) numbers[ups + i] = -1;
  core::Stream{seed, core::Purpose::simulate, count, ups}.shuffle(std::span{numbers});
  return numbers;
}

/// The first prefix that rejects, by bisection: rejection stays. `count` + 1 if none does.
std::uint32_t first_rejection(double mean, const std::vector<double>& numbers, double alpha) {
  const auto count = static_cast<std::uint32_t>(numbers.size());
  std::uint32_t low = 0;
  std::uint32_t high = count + 1;
  while (low + 1 < high) {
    const std::uint32_t middle = (low + high) / 2;
    const bool rejected = is_mean_above(mean, std::span{numbers}.first(middle), {count, 1}, alpha);
    (rejected ? high : low) = middle;
  }
  return high;
}

struct Null {
  std::uint32_t count, ups, downs;
  double mean;  ///< of the numbers, or above it
};

/// However often one looks, also at the very end: a true bound is rejected in at most alpha of the
/// orders.
TEST(Betting, keeps_its_promise) {
  constexpr double alpha = 0.05;
  constexpr std::uint32_t orders = 2000;
  for (const Null& null :
       {Null{200, 20, 20, 0}, Null{200, 60, 60, 0}, Null{50, 5, 5, 0}, Null{400, 10, 14, -0.01},
        Null{400, 100, 104, -0.01}, Null{300, 3, 0, 0.01}}) {
    std::uint32_t wrong = 0;
    for (std::uint64_t seed = 1; seed <= orders; ++seed)
      if (first_rejection(null.mean, differences(null.count, null.ups, null.downs, seed), alpha) <=
          null.count)
        ++wrong;
    EXPECT_LE(wrong, 1.3 * alpha * orders) << null.count << " numbers, " << null.ups << " up";
  }
}

TEST(Betting, is_certain_at_the_end) {
  const auto numbers = differences(100, 12, 9, 1);  // mean 0.03
  EXPECT_TRUE(is_mean_above(0.02, numbers, {100, 1}, 1e-9));
  EXPECT_FALSE(is_mean_above(0.04, numbers, {100, 1}, 1e-9));
}

TEST(Betting, stops_clear_cases_early) {
  double shares = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    shares += first_rejection(0, differences(1000, 200, 50, seed), 0.001) / 1000.0 / 100;
  EXPECT_LT(shares, 0.25);
}

TEST(Betting, scales_with_the_range) {
  auto numbers = differences(400, 120, 40, 3);
  const std::uint32_t plain = first_rejection(0, numbers, 0.01);
  for (double& number : numbers) number *= 8;
  std::uint32_t scaled = 1;
  while (!is_mean_above(0, std::span{numbers}.first(scaled), {400, 8}, 0.01)) ++scaled;
  EXPECT_EQ(scaled, plain);
}

}  // namespace
}  // namespace foundation::optimize::detail
