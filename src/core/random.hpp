#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "core/contracts.hpp"

namespace foundation::core {

/// What a random stream is used for. Part of every key, so that a draw added in one place never
/// shifts the draws of another. Values are written to journals: never renumber.
enum class Purpose : std::uint32_t {
  split = 1,   ///< partition of the trainset
  order = 2,   ///< fixed order of the examples of a split
  sample = 3,  ///< parameters of a candidate
  demonstrations = 4,
  bootstrap = 5,  ///< order of the blocks a candidate bootstraps from
  program = 6,    ///< a noisy program's own stream: (candidate, example, trial)
  resample = 7,   ///< confidence intervals
  generate = 8,   ///< generated example data
  simulate = 9,   ///< the simulator and tests
  explore = 10,   ///< a strategy's own draws beside `sample`: (proposal or generation, attempt)
  compose = 11,   ///< what text requests show: blocks of examples, hints
  select = 12,    ///< who a proposal is derived from
  write = 13,     ///< texts for strategies: (digest of the request, sample)
  backoff = 16,   ///< how long a failed request waits; no part of any answer
};

/// Counter-based random stream: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random
/// numbers: as easy as 1, 2, 3", SC'11). The sequence is a function of (seed, purpose, a, b, c)
/// alone: no state is shared, any number of streams can be used side by side, and every
/// derived value below is computed the same way on every machine.
class Stream {
 public:
  Stream(std::uint64_t seed, Purpose purpose, std::uint32_t a = 0, std::uint32_t b = 0,
         std::uint32_t c = 0) noexcept;

  [[nodiscard]] std::uint64_t next() noexcept;
  /// Uniform in [0, 1): 53 random bits.
  [[nodiscard]] double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Uniform integer in [0, bound), without bias. `bound` > 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) noexcept;
  /// Uniform integer in [low, high]. `low` <= `high`.
  [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high) noexcept;
  [[nodiscard]] bool chance(double probability) noexcept { return uniform() < probability; }
  /// Fisher-Yates shuffle.
  template <class T>
  void shuffle(std::span<T> items) noexcept {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  void refill() noexcept;
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint64_t, 2> block_{};
  unsigned used_ = 2;
};

}  // namespace foundation::core
