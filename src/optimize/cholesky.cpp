#include "optimize/detail/cholesky.hpp"

#include <cmath>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"

namespace foundation::optimize::detail {

// Four sums side by side, for processors that can add before the last sum is known.
double dot(std::span<const double> a, std::span<const double> b) noexcept {
  EXPECTS(a.size() == b.size());
  const double* const x = a.data();
  const double* const y = b.data();
  const std::size_t count = a.size();
  double sums[4]{};
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += x[i + lane] * y[i + lane];
  }
  for (; i < count; ++i) sums[0] += x[i] * y[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

std::optional<Cholesky> Cholesky::factorise(SquareMatrix matrix) {
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    const std::span<double> row = matrix.row(i);
    for (std::size_t j = 0; j < i; ++j) {
      const std::span<const double> above = matrix.row(j);
      row[j] = (row[j] - dot(row.first(j), above.first(j))) / above[j];
    }
    const double pivot = row[i] - dot(row.first(i), row.first(i));
    if (!(pivot > 0)) return std::nullopt;
    row[i] = std::sqrt(pivot);
  }
  return Cholesky{std::move(matrix)};
}

std::vector<double> Cholesky::solve_lower(std::span<const double> b) const {
  EXPECTS(b.size() == size());
  std::vector<double> x(b.size());
  for (std::size_t i = 0; i < size(); ++i) {
    const std::span<const double> row = factor_.row(i);
    x[i] = (b[i] - dot(row.first(i), std::span{x}.first(i))) / row[i];
  }
  return x;
}

std::vector<double> Cholesky::solve_upper(std::vector<double> b) const {
  EXPECTS(b.size() == size());
  for (std::size_t i = size(); i-- > 0;) {
    const double* const row = factor_.row(i).data();
    double* const x = b.data();
    x[i] /= row[i];
    for (std::size_t j = 0; j < i; ++j) x[j] -= row[j] * x[i];
  }
  return b;
}

std::vector<double> Cholesky::solve(std::span<const double> b) const {
  return solve_upper(solve_lower(b));
}

// Row j of `columns` is column j of L^-1, so that all sums run over neighbours in memory.
SquareMatrix Cholesky::inverse() const {
  SquareMatrix columns{size()};
  for (std::size_t j = 0; j < size(); ++j) {
    const std::span<double> column = columns.row(j);
    column[j] = 1 / factor_.row(j)[j];
    for (std::size_t i = j + 1; i < size(); ++i) {
      const std::span<const double> row = factor_.row(i);
      column[i] = -dot(row.subspan(j, i - j), column.subspan(j, i - j)) / row[i];
    }
  }
  SquareMatrix inverse{size()};
  for (std::size_t i = 0; i < size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      inverse.row(i)[j] = dot(columns.row(i).subspan(i), columns.row(j).subspan(i));
    }
  }
  return inverse;
}

double Cholesky::log_determinant() const {
  double sum = 0;
  for (std::size_t i = 0; i < size(); ++i) sum += core::exact::log(factor_.row(i)[i]);
  return 2 * sum;
}

}  // namespace foundation::optimize::detail
