#pragma once

#include <span>
#include <string_view>

#include "tests/simulation/options.hpp"

/// Which planted bug (core/mutation.hpp) is switched on. Without FOUNDATION_MUTATIONS there is
/// none and nothing here does anything.
namespace foundation::simulation {

struct Mutation {
  std::string_view name;                ///< as in FOUNDATION_MUTATION(name)
  std::string_view means;               ///< what the bug would be in real life
  SeedClass seeds = SeedClass::normal;  ///< which can find it
};
[[nodiscard]] std::span<const Mutation> mutations() noexcept;

/// Switches a planted bug on while it lives.
class ScopedMutation {
 public:
  explicit ScopedMutation(std::string_view name) noexcept;
  ~ScopedMutation();
  ScopedMutation(const ScopedMutation&) = delete;
  ScopedMutation& operator=(const ScopedMutation&) = delete;
};

/// Switches all of them off while it lives: the truth is computed by sound code.
class ScopedTruth {
 public:
  ScopedTruth() noexcept;
  ~ScopedTruth();
  ScopedTruth(const ScopedTruth&) = delete;
  ScopedTruth& operator=(const ScopedTruth&) = delete;
};

}  // namespace foundation::simulation
