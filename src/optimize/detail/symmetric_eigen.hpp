#pragma once

#include <cstddef>
#include <vector>

namespace foundation::optimize::detail {

/// Square matrix, row after row.
class Matrix {
 public:
  Matrix() = default;
  explicit Matrix(std::size_t size) : size_{size}, entries_(size * size) {}
  [[nodiscard]] static Matrix identity(std::size_t size);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] double* row(std::size_t i) noexcept { return entries_.data() + i * size_; }
  [[nodiscard]] const double* row(std::size_t i) const noexcept {
    return entries_.data() + i * size_;
  }
  [[nodiscard]] double& operator()(std::size_t i, std::size_t j) noexcept { return row(i)[j]; }
  [[nodiscard]] double operator()(std::size_t i, std::size_t j) const noexcept { return row(i)[j]; }

 private:
  std::size_t size_ = 0;
  std::vector<double> entries_;
};

/// Eigenvalues of a symmetric matrix, in no particular order, and their unit vectors.
struct Eigensystem {
  std::vector<double> values;
  Matrix vectors;  ///< one a row
};

/// Eigensystem of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, "Matrix
/// computations", 8.5): the same bits on every machine, unlike a library that chooses its block
/// sizes by the CPU's caches. Accurate to rounding relative to the largest eigenvalue. `near` are
/// orthonormal rows, the closer to the eigenvectors the quicker: the vectors of a similar matrix.
[[nodiscard]] Eigensystem eigensystem_of(const Matrix& symmetric, const Matrix& near);

}  // namespace foundation::optimize::detail
