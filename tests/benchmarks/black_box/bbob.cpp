#include "tests/benchmarks/black_box/bbob.hpp"

#include <array>
#include <stdexcept>

#include "tests/benchmarks/black_box/bbob_formula.hpp"

namespace foundation::benchmarks {
namespace {

struct Entry {
  std::string_view name;
  Made (*make)(const Instance& instance);
  std::uint32_t shares = 0;  ///< the function whose optimum and minimum it has; 0 for its own
};

constexpr std::array<Entry, function_count> table{{
    {"sphere", sphere},
    {"separable ellipsoid", separable_ellipsoid},
    {"separable Rastrigin", separable_rastrigin},
    {"Bueche-Rastrigin", bueche_rastrigin, 3},
    {"linear slope", linear_slope},
    {"attractive sector", attractive_sector},
    {"step ellipsoid", step_ellipsoid},
    {"Rosenbrock", original_rosenbrock},
    {"rotated Rosenbrock", rotated_rosenbrock},
    {"ellipsoid", rotated_ellipsoid},
    {"discus", discus},
    {"bent cigar", bent_cigar},
    {"sharp ridge", sharp_ridge},
    {"different powers", different_powers},
    {"Rastrigin", rotated_rastrigin},
    {"Weierstrass", weierstrass},
    {"Schaffers F7", mild_schaffers},
    {"steep Schaffers F7", steep_schaffers, 17},
    {"Griewank-Rosenbrock", griewank_rosenbrock},
    {"Schwefel", schwefel},
    {"101 peaks", many_peaks},
    {"21 peaks", few_peaks},
    {"Katsuura", katsuura},
    {"Lunacek bi-Rastrigin", lunacek_bi_rastrigin},
}};

}  // namespace

std::unique_ptr<BlackBox> make_function(std::uint32_t number, std::size_t dimension,
                                        std::uint32_t instance) {
  if (number < 1 || number > function_count || dimension < 2 || instance < 1) {
    throw std::invalid_argument{"functions are 1 .. 24, dimensions from 2, instances from 1"};
  }
  const Entry& entry = table.at(number - 1);
  const std::int64_t family = entry.shares > 0 ? entry.shares : number;
  const std::int64_t seed = family + 10'000 * static_cast<std::int64_t>(instance);
  return entry.make({.dimension = dimension, .seed = seed, .minimum = random_minimum(seed)});
}

std::string_view function_name(std::uint32_t number) { return table.at(number - 1).name; }

}  // namespace foundation::benchmarks
