#pragma once

#include <cstddef>
#include <span>
#include <vector>

/// Tests on ranks, the same bits everywhere (core::exact only). Larger numbers are better; infinite
/// ones are allowed and equal to each other.
namespace foundation::optimize::detail {

/// Upper tail of the chi-square distribution with `freedom` degrees: P(X > x).
[[nodiscard]] double chi_square_tail(double x, unsigned freedom);
/// The t for which P(T > t) = tail under Student's distribution; 0 < tail <= 0.5.
[[nodiscard]] double student_quantile(double tail, unsigned freedom);

/// Ranks of numbers, 1 for the best; equals share the mean of their ranks.
[[nodiscard]] std::vector<double> ranks_of(std::span<const double> numbers);

/// Friedman's test of k treatments over n blocks with ties, and Conover's comparisons with the best
/// one after it (Conover, "Practical nonparametric statistics", 3rd ed. 1999, section 5.8).
struct FriedmanResult {
  std::vector<double> rank_sums;  ///< by treatment; the least is the best
  std::vector<bool> is_worse;     ///< than the best, at level alpha
};
/// `rows`: one a treatment, all of the same length n >= 1; at least two.
[[nodiscard]] FriedmanResult friedman_test(std::span<const std::span<const double>> rows,
                                           double alpha);

/// Wilcoxon's signed-rank test of paired numbers (Wilcoxon 1945), two-sided: the exact permutation
/// distribution, ties included, up to 60 differences; the normal approximation with corrections
/// for ties and continuity beyond. Zero differences are left out.
struct WilcoxonResult {
  double p_value = 1;
  bool first_is_larger = false;  ///< by the signed ranks
};
[[nodiscard]] WilcoxonResult wilcoxon_test(std::span<const double> a, std::span<const double> b);

}  // namespace foundation::optimize::detail
