#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace foundation::optimize::detail {

/// Sum of products in a fixed order, which is the same on every machine.
[[nodiscard]] double dot(std::span<const double> a, std::span<const double> b) noexcept;

/// Square matrix, row by row.
class SquareMatrix {
 public:
  explicit SquareMatrix(std::size_t size) : size_{size}, entries_(size * size) {}
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<double> row(std::size_t i) noexcept {
    return std::span{entries_}.subspan(i * size_, size_);
  }
  [[nodiscard]] std::span<const double> row(std::size_t i) const noexcept {
    return std::span{entries_}.subspan(i * size_, size_);
  }

 private:
  std::size_t size_;
  std::vector<double> entries_;
};

/// Factor L of a symmetric positive definite matrix A = L L^T. Plain loops with a fixed order of
/// sums: the same bits on every CPU, which libraries that tune themselves do not promise.
class Cholesky {
 public:
  /// Reads the lower triangle of `matrix`; nothing if it is not positive definite.
  [[nodiscard]] static std::optional<Cholesky> factorise(SquareMatrix matrix);

  [[nodiscard]] std::size_t size() const noexcept { return factor_.size(); }
  /// L^-1 b
  [[nodiscard]] std::vector<double> solve_lower(std::span<const double> b) const;
  /// L^-T b
  [[nodiscard]] std::vector<double> solve_upper(std::vector<double> b) const;
  /// A^-1 b
  [[nodiscard]] std::vector<double> solve(std::span<const double> b) const;
  /// A^-1, of which the lower triangle is filled in.
  [[nodiscard]] SquareMatrix inverse() const;
  [[nodiscard]] double log_determinant() const;

 private:
  explicit Cholesky(SquareMatrix factor) : factor_{std::move(factor)} {}
  SquareMatrix factor_;
};

}  // namespace foundation::optimize::detail
