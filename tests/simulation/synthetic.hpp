#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/hash.hpp"
#include "model/candidate.hpp"
#include "model/cell.hpp"
#include "optimize/strategy.hpp"

/// A job made of nothing but hashes: the program is a pure function of the candidate's digest,
/// the split and the position, scores are coarse so that ties abound, and the strategies depend
/// on everything a strategy may depend on. Small enough to run thousands of times a second.
namespace foundation::simulation {

enum class SyntheticKind : std::uint8_t {
  random,     ///< proposals depend on their index alone
  bootstrap,  ///< proposals wait for train cells of the baseline, in one or two waves
  adaptive,   ///< proposals descend from the best outcome told, and from the order of tells
  texts,      ///< proposals wait for texts about a train cell, in two rounds
};
[[nodiscard]] std::string_view name_of(SyntheticKind kind) noexcept;

struct SyntheticJob {
  SyntheticKind kind = SyntheticKind::random;
  std::uint32_t candidates = 6;
  std::uint32_t train = 16;  ///< cells of each split
  std::uint32_t validation = 16;
  std::uint32_t test = 4;
  bool maximise = true;
  double failure_share = 0.05;  ///< of the cells, ends as invalid output, timeout or crash
  double stubborn_share = 0;    ///< of the cells, is lost at every delivery: counts as crashed
  double poison_share = 0;      ///< of the cells, ends its process at every evaluation
  /// texts: as TrajectoryOptions has it. What is asked for then depends on the outcomes told.
  bool by_heats = false;
  std::uint64_t seed = 1;
};

/// What evaluating one cell yields, always; `subject` is the candidate, or the text request that a
/// sample is of.
[[nodiscard]] model::CellResult evaluate(const SyntheticJob& job, const core::Digest& subject,
                                         model::Split split, std::uint32_t position);
/// The text that goes with it.
[[nodiscard]] std::string text_of(const model::CellResult& result);

/// Is this one of the cells that no worker ever answers? `evaluate` gives what it counts as.
[[nodiscard]] bool is_stubborn(const SyntheticJob& job, const core::Digest& candidate,
                               model::Split split, std::uint32_t position);

/// Does evaluating this cell end the process that does it? `evaluate` gives what it counts as.
[[nodiscard]] bool is_poison(const SyntheticJob& job, const core::Digest& candidate,
                             model::Split split, std::uint32_t position);

[[nodiscard]] std::unique_ptr<optimize::Strategy> make_synthetic_strategy(const SyntheticJob& job);

/// Mean score over the cells; a failed cell counts 0. Minimising jobs have no score at all for a
/// candidate with a crashed cell, as an unbounded error metric would.
[[nodiscard]] double synthetic_score(const SyntheticJob& job, const model::CellResult* cells,
                                     std::size_t count);

}  // namespace foundation::simulation
