#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "core/random.hpp"
#include "optimize/strategy.hpp"

namespace foundation::optimize::detail {

/// The train split as a bootstrap sees it.
struct TrainSplit {
  std::uint32_t examples = 0;
  std::uint32_t trials = 1;  ///< cells per example; the first one counts
};

/// When a teacher's cell makes a demonstration.
struct SuccessRule {
  double threshold = 1;
  bool maximise = true;
  [[nodiscard]] bool operator()(const model::CellResult& cell) const noexcept;
};

/// One bootstrap of demonstrations: the first `wanted` examples of the train split, in an order of
/// its own, that the teacher (candidate 0) gets right.
///
/// Teacher cells are asked for in aligned blocks of 32 examples, so that bootstraps with different
/// orders share them, and in waves of enough blocks for half of the examples to succeed, so that
/// they are evaluated in parallel. Which blocks are asked for depends on the job and on the
/// outcomes of the waves before, never on timing.
class Bootstrap {
 public:
  /// Visits blocks and the examples in them in trainset order; with a `stream`, shuffled by it.
  Bootstrap(TrainSplit split, std::uint32_t wanted, std::optional<core::Stream> stream);

  /// Positions of the successes (fewer than wanted once the split is exhausted), or the cells that
  /// are missing to tell.
  [[nodiscard]] std::variant<std::vector<std::uint32_t>, Need> collect(
      const Evidence& evidence, const SuccessRule& is_success) const;

 private:
  struct Block {
    model::CellRange cells;
    std::vector<std::uint32_t> visits;  ///< positions of its examples, in the order of visits
  };
  std::uint32_t trials_;
  std::uint32_t wanted_;
  std::vector<Block> blocks_;  ///< in the order of visits
};

}  // namespace foundation::optimize::detail
