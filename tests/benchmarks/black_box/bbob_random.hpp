#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

/// The random generator of the BBOB testbed, on which its instances depend.
namespace foundation::benchmarks {

using Vector = std::vector<double>;
using Rows = std::vector<Vector>;  ///< a matrix

/// Numbers in (0, 1]: a linear congruential generator with a shuffle table.
[[nodiscard]] Vector uniform_numbers(std::size_t count, std::int64_t seed);
/// Standard normal numbers from pairs of them.
[[nodiscard]] Vector normal_numbers(std::size_t count, std::int64_t seed);
/// A random orthogonal matrix.
[[nodiscard]] Rows random_rotation(std::size_t dimension, std::int64_t seed);
/// A location in [-4, 4]^d.
[[nodiscard]] Vector random_optimum(std::size_t dimension, std::int64_t seed);
/// The value at the optimum, within [-1000, 1000].
[[nodiscard]] double random_minimum(std::int64_t seed);

}  // namespace foundation::benchmarks
