#include "optimize/detail/rank_tests.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"

namespace foundation::optimize::detail {

namespace exact = core::exact;

namespace {

constexpr double pi = 3.14159265358979323846;
constexpr double precision = 1e-15;
constexpr int most_terms = 10'000;
constexpr std::size_t most_exact_differences = 60;

/// log Gamma(halves / 2), by the recurrence from Gamma(1) or Gamma(1/2).
double log_gamma_of_half(unsigned halves) {
  double result = halves % 2 == 0 ? 0.0 : 0.5 * exact::log(pi);
  for (unsigned below = halves % 2 == 0 ? 2 : 1; below < halves; below += 2)
    result += exact::log(0.5 * below);
  return result;
}

/// Continued fraction of the incomplete beta function (Lentz's method; Abramowitz and Stegun
/// 26.5.8).
double beta_fraction(double a, double b, double x) {
  const auto away_from_zero = [](double value) {
    return std::fabs(value) < 1e-300 ? 1e-300 : value;
  };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double result = d;
  for (int m = 1; m < most_terms; ++m) {
    for (const double term : {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                              -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))}) {
      d = 1 / away_from_zero(1 + term * d);
      c = away_from_zero(1 + term / c);
      result *= c * d;
    }
    if (std::fabs(c * d - 1) < precision) break;
  }
  return result;
}

/// P(T > t) for t >= 0, by the regularised incomplete beta function I_x(freedom / 2, 1 / 2).
double student_tail(double t, unsigned freedom) {
  if (t == 0) return 0.5;
  const double a = 0.5 * freedom;
  const double x = freedom / (freedom + t * t);
  const double log_factor = log_gamma_of_half(freedom + 1) - log_gamma_of_half(freedom) -
                            log_gamma_of_half(1) + a * exact::log(x) +
                            0.5 * exact::log(t * t / (freedom + t * t));
  const double factor = exact::exp(log_factor);
  if (x < (a + 1) / (a + 2.5)) return 0.5 * factor * beta_fraction(a, 0.5, x) / a;
  return 0.5 * (1 - factor * beta_fraction(0.5, a, 1 - x) / 0.5);
}

struct SignedRanks {
  std::vector<double> ranks;  ///< of the absolute differences, 1 for the smallest
  double positive = 0;        ///< sum of those of positive differences
};

SignedRanks signed_ranks(std::span<const double> a, std::span<const double> b) {
  std::vector<double> sizes;  // negative, so that the smallest has rank 1
  std::vector<bool> is_positive;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    sizes.push_back(-std::fabs(a[i] - b[i]));
    is_positive.push_back(a[i] > b[i]);
  }
  SignedRanks result{.ranks = ranks_of(sizes)};
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (is_positive[i]) result.positive += result.ranks[i];
  return result;
}

/// P(sum of randomly signed ranks <= least), over doubled ranks, which are whole.
double exact_tail(const std::vector<double>& ranks, double least) {
  const double all = std::accumulate(ranks.begin(), ranks.end(), 0.0);
  std::vector<double> ways(static_cast<std::size_t>(2 * all) + 1, 0.0);
  ways[0] = 1;
  for (const double rank : ranks) {
    const auto step = static_cast<std::size_t>(2 * rank);
    for (std::size_t sum = ways.size(); sum-- > step;)
      ways[sum] = 0.5 * (ways[sum] + ways[sum - step]);
    for (std::size_t sum = 0; sum < std::min(step, ways.size()); ++sum) ways[sum] *= 0.5;
  }
  const auto last = static_cast<std::ptrdiff_t>(2 * least);
  return std::accumulate(ways.begin(), ways.begin() + last + 1, 0.0);
}

double normal_tail(const std::vector<double>& ranks, double least) {
  double mean = 0;
  double variance = 0;
  for (const double rank : ranks) {
    mean += rank / 2;
    variance += rank * rank / 4;
  }
  return exact::normal_cdf((least + 0.5 - mean) / std::sqrt(variance));
}

}  // namespace

double chi_square_tail(double x, unsigned freedom) {
  EXPECTS(freedom >= 1);
  if (x <= 0) return 1;
  const double half = 0.5 * x;
  // Q(a + 1, half) = Q(a, half) + half^a e^-half / Gamma(a + 1), from Q(1/2) or Q(1).
  double tail = freedom % 2 == 0 ? exact::exp(-half) : 2 * exact::normal_cdf(-std::sqrt(x));
  for (unsigned halves = freedom % 2 == 0 ? 2 : 1; halves < freedom; halves += 2)
    tail += exact::exp(0.5 * halves * exact::log(half) - half - log_gamma_of_half(halves + 2));
  return std::min(tail, 1.0);
}

double student_quantile(double tail, unsigned freedom) {
  EXPECTS(tail > 0 && tail <= 0.5 && freedom >= 1);
  double low = 0;
  double high = 1;
  while (student_tail(high, freedom) > tail && high < 1e100) high *= 2;
  for (int halving = 0; halving < 100; ++halving) {
    const double middle = 0.5 * (low + high);
    (student_tail(middle, freedom) > tail ? low : high) = middle;
  }
  return high;
}

std::vector<double> ranks_of(std::span<const double> numbers) {
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return numbers[a] != numbers[b] ? numbers[a] > numbers[b] : a < b;
  });
  std::vector<double> ranks(numbers.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && numbers[order[end]] == numbers[order[first]]) ++end;
    const double shared = 0.5 * static_cast<double>(first + 1 + end);
    for (; first < end; ++first) ranks[order[first]] = shared;
  }
  return ranks;
}

FriedmanResult friedman_test(std::span<const std::span<const double>> rows, double alpha) {
  EXPECTS(rows.size() >= 2 && !rows.front().empty());
  const auto k = static_cast<double>(rows.size());
  const auto n = static_cast<double>(rows.front().size());
  FriedmanResult result{.rank_sums = std::vector<double>(rows.size(), 0.0),
                        .is_worse = std::vector<bool>(rows.size(), false)};
  double squares = 0;  // of all ranks
  std::vector<double> block(rows.size());
  for (std::size_t i = 0; i < rows.front().size(); ++i) {
    for (std::size_t j = 0; j < rows.size(); ++j) block[j] = rows[j][i];
    const std::vector<double> ranks = ranks_of(block);
    for (std::size_t j = 0; j < rows.size(); ++j) {
      result.rank_sums[j] += ranks[j];
      squares += ranks[j] * ranks[j];
    }
  }
  double between = 0;
  double sums_squared = 0;
  for (const double sum : result.rank_sums) {
    const double deviation = sum - n * (k + 1) / 2;
    between += deviation * deviation;
    sums_squared += sum * sum;
  }
  const double without_ties = squares - n * k * (k + 1) * (k + 1) / 4;
  if (without_ties <= 0) return result;  // all equal everywhere
  const auto freedom = static_cast<unsigned>(rows.size() - 1);
  if (chi_square_tail((k - 1) * between / without_ties, freedom) >= alpha) return result;
  const auto residual = static_cast<unsigned>((rows.front().size() - 1) * (rows.size() - 1));
  if (residual == 0) return result;
  const double spread = std::max(0.0, 2 * (n * squares - sums_squared) / residual);
  const double critical = student_quantile(alpha / 2, residual) * std::sqrt(spread);
  const double best = *std::ranges::min_element(result.rank_sums);
  for (std::size_t j = 0; j < rows.size(); ++j)
    result.is_worse[j] = result.rank_sums[j] - best > critical;
  return result;
}

WilcoxonResult wilcoxon_test(std::span<const double> a, std::span<const double> b) {
  EXPECTS(a.size() == b.size());
  const SignedRanks found = signed_ranks(a, b);
  if (found.ranks.empty()) return {};
  const double all = std::accumulate(found.ranks.begin(), found.ranks.end(), 0.0);
  const double least = std::min(found.positive, all - found.positive);
  const double tail = found.ranks.size() <= most_exact_differences
                          ? exact_tail(found.ranks, least)
                          : normal_tail(found.ranks, least);
  return {std::min(1.0, 2 * tail), found.positive > all - found.positive};
}

}  // namespace foundation::optimize::detail
