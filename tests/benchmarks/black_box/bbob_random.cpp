#include "tests/benchmarks/black_box/bbob_random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace foundation::benchmarks {
namespace {

constexpr std::int64_t modulus = 2147483647;

/// x -> 16807 x mod (2^31 - 1), by Schrage's method.
std::int64_t next(std::int64_t state) {
  const std::int64_t high = state / 127773;
  const std::int64_t product = 16807 * (state - high * 127773) - 2836 * high;
  return product < 0 ? product + modulus : product;
}

}  // namespace

Vector uniform_numbers(std::size_t count, std::int64_t seed) {
  std::int64_t state = std::max<std::int64_t>(std::abs(seed), 1);
  std::array<std::int64_t, 32> table{};
  for (int i = 39; i >= 0; --i) {
    state = next(state);
    if (i < 32) table.at(static_cast<std::size_t>(i)) = state;
  }
  std::int64_t last = table[0];
  Vector numbers;
  while (numbers.size() < count) {
    state = next(state);
    std::int64_t& place = table.at(static_cast<std::size_t>(last / 67108865));
    last = place;
    place = state;
    const double number = static_cast<double>(last) / static_cast<double>(modulus);
    numbers.push_back(number == 0 ? 1e-99 : number);
  }
  return numbers;
}

Vector normal_numbers(std::size_t count, std::int64_t seed) {
  const Vector uniform = uniform_numbers(2 * count, seed);
  Vector numbers;
  for (std::size_t i = 0; i < count; ++i) {
    const double length = std::sqrt(-2 * std::log(uniform[i]));
    const double number = length * std::cos(2 * std::numbers::pi * uniform[count + i]);
    numbers.push_back(number == 0 ? 1e-99 : number);
  }
  return numbers;
}

Rows random_rotation(std::size_t dimension, std::int64_t seed) {
  const Vector numbers = normal_numbers(dimension * dimension, seed);
  Rows columns;  // Gram-Schmidt, column after column
  for (std::size_t i = 0; i < dimension; ++i) {
    const auto begin = numbers.begin() + static_cast<std::ptrdiff_t>(i * dimension);
    Vector column{begin, begin + static_cast<std::ptrdiff_t>(dimension)};
    for (const Vector& before : columns) {
      double along = 0;
      for (std::size_t k = 0; k < dimension; ++k) along += column[k] * before[k];
      for (std::size_t k = 0; k < dimension; ++k) column[k] -= along * before[k];
    }
    double squares = 0;
    for (const double entry : column) squares += entry * entry;
    for (double& entry : column) entry /= std::sqrt(squares);
    columns.push_back(std::move(column));
  }
  Rows rotation(dimension, Vector(dimension));
  for (std::size_t i = 0; i < dimension; ++i) {
    for (std::size_t k = 0; k < dimension; ++k) rotation[k][i] = columns[i][k];
  }
  return rotation;
}

Vector random_optimum(std::size_t dimension, std::int64_t seed) {
  Vector optimum = uniform_numbers(dimension, seed);
  for (double& coordinate : optimum) {
    coordinate = 8 * std::floor(1e4 * coordinate) / 1e4 - 4;
    if (coordinate == 0) coordinate = -1e-5;
  }
  return optimum;
}

double random_minimum(std::int64_t seed) {
  const double ratio = normal_numbers(1, seed)[0] / normal_numbers(1, seed + 1)[0];
  return std::clamp(std::floor(100 * 100 * ratio + 0.5) / 100, -1000.0, 1000.0);
}

}  // namespace foundation::benchmarks
