#include "optimize/detail/rank_tests.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace foundation::optimize::detail {
namespace {

using testing::ElementsAre;

// Expected values: tables and R 4.2 (pchisq, qt, wilcox.test, friedman.test).

TEST(ChiSquare, has_the_tails_of_the_tables) {
  EXPECT_NEAR(chi_square_tail(3.841459, 1), 0.05, 1e-7);
  EXPECT_NEAR(chi_square_tail(5.991465, 2), 0.05, 1e-7);
  EXPECT_NEAR(chi_square_tail(7.814728, 3), 0.05, 1e-7);
  EXPECT_NEAR(chi_square_tail(18.307038, 10), 0.05, 1e-7);
  EXPECT_NEAR(chi_square_tail(113.145270, 91), 0.05785127444, 1e-10);
  EXPECT_EQ(chi_square_tail(0, 4), 1);
}

TEST(Student, has_the_quantiles_of_the_tables) {
  EXPECT_NEAR(student_quantile(0.025, 1), 12.706205, 1e-5);
  EXPECT_NEAR(student_quantile(0.025, 2), 4.302653, 1e-6);
  EXPECT_NEAR(student_quantile(0.025, 10), 2.228139, 1e-6);
  EXPECT_NEAR(student_quantile(0.05, 30), 1.697261, 1e-6);
  EXPECT_NEAR(student_quantile(0.025, 100), 1.983972, 1e-6);
  EXPECT_NEAR(student_quantile(0.005, 1000), 2.580754698, 1e-8);
  EXPECT_NEAR(student_quantile(0.5, 7), 0, 1e-9);
}

TEST(Ranks, are_shared_by_equals) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(ranks_of(std::array{0.1, 0.9, 0.5}), ElementsAre(3, 1, 2));
  EXPECT_THAT(ranks_of(std::array{0.5, 0.9, 0.5, 0.5}), ElementsAre(3, 1, 3, 3));
  EXPECT_THAT(ranks_of(std::array{-infinity, 1.0, -infinity}), ElementsAre(2.5, 1, 2.5));
}

/// Hollander and Wolfe (1973): times of 22 players by three methods of rounding first base.
constexpr std::array<std::array<double, 22>, 3> rounding_times{
    {{5.40, 5.85, 5.20, 5.55, 5.90, 5.45, 5.40, 5.45, 5.25, 5.85, 5.25,
      5.65, 5.60, 5.05, 5.50, 5.45, 5.55, 5.45, 5.50, 5.65, 5.70, 6.30},
     {5.50, 5.70, 5.60, 5.50, 5.85, 5.55, 5.40, 5.50, 5.15, 5.80, 5.20,
      5.55, 5.35, 5.00, 5.50, 5.55, 5.55, 5.50, 5.45, 5.60, 5.65, 6.30},
     {5.55, 5.75, 5.50, 5.40, 5.70, 5.60, 5.35, 5.35, 5.00, 5.70, 5.10,
      5.45, 5.45, 4.95, 5.40, 5.50, 5.35, 5.55, 5.25, 5.40, 5.55, 6.25}}};

TEST(Friedman, finds_what_the_textbook_finds) {
  std::array<std::array<double, 22>, 3> gains = rounding_times;
  for (auto& row : gains)
    for (double& time : row) time = -time;
  const std::array<std::span<const double>, 3> rows{gains[0], gains[1], gains[2]};
  const FriedmanResult found = friedman_test(rows, 0.05);  // chi-square 11.143, p 0.003805
  EXPECT_THAT(found.rank_sums, ElementsAre(53, 47, 32));
  EXPECT_THAT(found.is_worse, ElementsAre(true, true, false));
  EXPECT_THAT(friedman_test(rows, 0.00381).is_worse, ElementsAre(true, false, false));
  EXPECT_THAT(friedman_test(rows, 0.00380).is_worse, ElementsAre(false, false, false));
}

TEST(Friedman, tells_nothing_of_equals) {
  const std::array<double, 5> same{1, 2, 3, 4, 5};
  const std::array<std::span<const double>, 3> rows{same, same, same};
  EXPECT_THAT(friedman_test(rows, 0.05).is_worse, ElementsAre(false, false, false));
}

TEST(Wilcoxon, is_exact_for_few) {
  const std::array<double, 6> high{2, 3, 4, 5, 6, 7};
  const std::array<double, 6> low{1, 1, 1, 1, 1, 1};
  EXPECT_DOUBLE_EQ(wilcoxon_test(high, low).p_value, 2.0 / 64);
  EXPECT_TRUE(wilcoxon_test(high, low).first_is_larger);
  EXPECT_FALSE(wilcoxon_test(low, high).first_is_larger);
  const std::array<double, 9> before{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
  const std::array<double, 9> after{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
  EXPECT_NEAR(wilcoxon_test(before, after).p_value, 0.0390625, 1e-12);
}

TEST(Wilcoxon, takes_ties_and_zeros) {
  const std::array<double, 6> a{1, 1, 1, 1, 1, 0};
  const std::array<double, 6> b{0, 0, 0, 0, 0, 0};
  EXPECT_DOUBLE_EQ(wilcoxon_test(a, b).p_value, 2.0 / 32);
  EXPECT_EQ(wilcoxon_test(b, b).p_value, 1);
}

TEST(Wilcoxon, approximates_many) {
  std::vector<double> a;
  std::vector<double> b;
  for (int i = 1; i <= 100; ++i) {
    a.push_back(i % 3 == 0 ? i : 0);
    b.push_back(i % 3 == 0 ? 0 : i);
  }
  const double p = wilcoxon_test(a, b).p_value;
  EXPECT_NEAR(p, 0.003811558686, 1e-11);
}

}  // namespace
}  // namespace foundation::optimize::detail
