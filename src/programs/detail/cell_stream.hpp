#pragma once

#include <cstdint>

#include "core/random.hpp"
#include "programs/program.hpp"

namespace foundation::programs::detail {

/// Chance for a program that is not ours: of the example and the trial, so that all candidates
/// meet the same one, wherever the example stands in its split.
[[nodiscard]] inline core::Stream cell_stream(std::uint64_t seed, const SplitDataset& data,
                                              const CellInput& cell) {
  const auto& order = data.order[static_cast<std::size_t>(cell.split)];
  return {seed, core::Purpose::program, model::no_candidate, order[cell.example_position],
          cell.trial};
}

}  // namespace foundation::programs::detail
