#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/world.hpp"

namespace foundation::simulation {

/// What came out of a range of seeds.
struct SeedsResult {
  std::uint64_t seeds = 0;
  std::uint64_t log_hash = 0;  ///< over the event logs of all seeds, in order
  std::uint64_t events = 0;
  std::uint64_t sessions = 0;
  std::uint64_t faults = 0;
  std::uint64_t diagnoses = 0;  ///< runs that ended with one, because data was damaged
  double virtual_s = 0;
  FaultMatrix matrix = FaultMatrix(std::size_t{fault_kind_count} * phase_count);
  std::vector<std::uint64_t> failing;
};

/// Runs `count` seeds from `first` on. Ends at the first failing one if `stop_at_failure`.
[[nodiscard]] SeedsResult run_seeds(std::uint64_t first, std::uint64_t count, bool stop_at_failure,
                                    SeedClass kind = SeedClass::normal);

/// What a failing seed needs to be understood: the violation, the options, the shortest list of
/// faults that still fails, and the command lines that replay both. Empty if it does not fail.
[[nodiscard]] std::string explain(std::uint64_t seed, SeedClass kind = SeedClass::normal);

}  // namespace foundation::simulation
