#pragma once

#include <cstdint>
#include <vector>

#include "model/cell.hpp"
#include "optimize/strategy.hpp"

namespace foundation::optimize::detail {

/// Aligned blocks of the train split, in an order that is shuffled anew each time all have been
/// taken. Aligned, so that whoever looks at a block again finds its cells there.
class Minibatches {
 public:
  /// Blocks of `examples`; of fewer, if the split has no more.
  Minibatches(const StrategyInput& input, std::uint64_t seed, std::uint32_t examples);

  /// 0 without a train split.
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  /// The block that is taken as number `number`, from 0.
  [[nodiscard]] std::uint32_t block_at(std::uint32_t number) const;
  /// All cells of a block's examples, by this candidate.
  [[nodiscard]] model::CellRange cells(std::uint32_t block, model::CandidateIndex candidate) const;

 private:
  std::uint64_t seed_;
  std::uint32_t train_size_;
  std::uint32_t trials_;
  std::uint32_t examples_;
  std::uint32_t count_;
};

/// What the candidate answered on these finished cells.
[[nodiscard]] std::vector<model::Observation> observe(const Evidence& evidence,
                                                      const model::CellRange& cells);

}  // namespace foundation::optimize::detail
