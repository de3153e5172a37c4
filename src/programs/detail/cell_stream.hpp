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

/// A seed that fits the idea of one that any program or server has.
[[nodiscard]] inline std::uint32_t draw_seed(core::Stream& stream) {
  return static_cast<std::uint32_t>(stream.below(std::uint64_t{1} << 31U));
}

/// Chance for a text: of the content of its request and of the sample, so that the same request is
/// the same question in every run.
[[nodiscard]] inline core::Stream text_stream(std::uint64_t seed, const TextInput& input) {
  const core::Digest digest = model::digest(*input.request);
  return {seed ^ digest.high, core::Purpose::write, static_cast<std::uint32_t>(digest.low >> 32U),
          static_cast<std::uint32_t>(digest.low), input.sample};
}

}  // namespace foundation::programs::detail
