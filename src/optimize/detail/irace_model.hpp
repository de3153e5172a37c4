#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.hpp"
#include "model/candidate.hpp"
#include "model/space.hpp"

namespace foundation::optimize::detail {

/// How far iterations have narrowed the sampling down, as in irace (Lopez-Ibanez et al., Operations
/// Research Perspectives 3, 2016, section 2.3).
struct Narrowing {
  std::uint32_t iteration = 0;  ///< counted from 0, which samples uniformly
  std::uint32_t proposals = 1;  ///< of an iteration
  std::uint32_t parameters = 1;

  /// Standard deviation around an elite's value, of a range of 1.
  [[nodiscard]] double deviation() const noexcept;
  /// Weight that iteration `of` adds to an elite's own choice of a category.
  [[nodiscard]] double pull(std::uint32_t of) const noexcept;
  /// Elites that are sampled around, and iterations until categories have been pulled in full.
  [[nodiscard]] std::uint32_t elites() const noexcept;
  /// Iterations after which nothing is left to be narrowed.
  [[nodiscard]] std::uint32_t descent() const noexcept { return 2 * elites(); }
  /// No choice of a category becomes more probable than this.
  [[nodiscard]] double most_probable() const noexcept;
};

/// The values a parameter chooses from; empty for numbers, free texts and demonstrations.
[[nodiscard]] std::vector<model::Value> choices_of(const model::Parameter& parameter);

/// A draw from the normal distribution around `mean` cut to [0, 1].
[[nodiscard]] double draw_near(double mean, double deviation, core::Stream& stream);

/// Index drawn with these probabilities, which need not add up to 1.
[[nodiscard]] std::size_t draw_index(std::span<const double> probabilities, core::Stream& stream);

}  // namespace foundation::optimize::detail
