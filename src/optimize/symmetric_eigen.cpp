#include "optimize/detail/symmetric_eigen.hpp"

#include <cmath>

#include "core/contracts.hpp"

namespace foundation::optimize::detail {
namespace {

/// Sweeps needed are about log log of the accuracy: 6 to 10.
constexpr int most_sweeps = 60;

struct Rotation {
  double cosine = 1;
  double sine = 0;
};

/// The rotation of rows p and q that makes entry (p, q) vanish.
Rotation rotation_for(const Matrix& a, std::size_t p, std::size_t q) {
  const double ratio = (a(q, q) - a(p, p)) / (2 * a(p, q));
  const double root = std::sqrt(1 + ratio * ratio);
  const double tangent = ratio >= 0 ? 1 / (ratio + root) : 1 / (ratio - root);
  const double cosine = 1 / std::sqrt(1 + tangent * tangent);
  return {cosine, tangent * cosine};
}

void rotate_rows(Matrix& a, std::size_t p, std::size_t q, Rotation by) {
  double* first = a.row(p);
  double* second = a.row(q);
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double x = first[k];
    const double y = second[k];
    first[k] = by.cosine * x - by.sine * y;
    second[k] = by.sine * x + by.cosine * y;
  }
}

void rotate_columns(Matrix& a, std::size_t p, std::size_t q, Rotation by) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    double* row = a.row(k);
    const double x = row[p];
    const double y = row[q];
    row[p] = by.cosine * x - by.sine * y;
    row[q] = by.sine * x + by.cosine * y;
  }
}

/// Rotates away every entry above the diagonal that counts; false when none did.
bool sweep(Matrix& a, Matrix& vectors, double negligible) {
  bool any = false;
  for (std::size_t p = 0; p < a.size(); ++p) {
    for (std::size_t q = p + 1; q < a.size(); ++q) {
      if (!(std::fabs(a(p, q)) > negligible)) continue;
      const Rotation rotation = rotation_for(a, p, q);
      rotate_rows(a, p, q, rotation);
      rotate_columns(a, p, q, rotation);
      rotate_rows(vectors, p, q, rotation);
      any = true;
    }
  }
  return any;
}

/// basis * symmetric * basis^T
Matrix seen_from(const Matrix& symmetric, const Matrix& basis) {
  const std::size_t n = symmetric.size();
  Matrix product{n};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < n; ++k) {
      const double factor = basis(i, k);
      for (std::size_t j = 0; j < n; ++j) product(i, j) += factor * symmetric(k, j);
    }
  }
  Matrix seen{n};
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i; j < n; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < n; ++k) sum += product(i, k) * basis(j, k);
      seen(i, j) = seen(j, i) = sum;
    }
  }
  return seen;
}

double largest_diagonal(const Matrix& a) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::fmax(largest, std::fabs(a(i, i)));
  return largest;
}

}  // namespace

Matrix Matrix::identity(std::size_t size) {
  Matrix unit{size};
  for (std::size_t i = 0; i < size; ++i) unit(i, i) = 1;
  return unit;
}

Eigensystem eigensystem_of(const Matrix& symmetric, const Matrix& near) {
  EXPECTS(symmetric.size() == near.size());
  Matrix rotated = seen_from(symmetric, near);
  Eigensystem result{.values = {}, .vectors = near};
  const double negligible = 0x1.0p-54 * largest_diagonal(rotated);
  for (int sweeps = 0; sweeps < most_sweeps; ++sweeps) {
    if (!sweep(rotated, result.vectors, negligible)) break;
  }
  for (std::size_t i = 0; i < rotated.size(); ++i) result.values.push_back(rotated(i, i));
  return result;
}

}  // namespace foundation::optimize::detail
