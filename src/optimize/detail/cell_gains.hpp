#pragma once

#include <span>
#include <vector>

#include "optimize/strategy.hpp"

namespace foundation::optimize::detail {

/// Scores of the validation cells of told candidates, as gains: the larger the better. A failed
/// cell counts as the worst cell that has a score.
class CellGains {
 public:
  /// Those of `told` with a score; `evidence` outlives this.
  CellGains(std::span<const CandidateOutcome> told, const Evidence& evidence, bool maximise);

  [[nodiscard]] double of(const model::CellResult& cell) const noexcept;
  /// Mean over the first `count` cells of a told candidate; 0 without any.
  [[nodiscard]] double mean(const CandidateOutcome& outcome, std::uint32_t count) const;
  /// The cells of a told candidate.
  [[nodiscard]] std::span<const model::CellResult> cells(const CandidateOutcome& outcome) const {
    return evidence_->validation(outcome);
  }

 private:
  const Evidence* evidence_;
  bool maximise_;
  double worst_ = 0;
};

/// The gain of a cell that has a score: its score, or minus its score when minimising. NaN for a
/// failed one.
[[nodiscard]] double gain_of(const model::CellResult& cell, bool maximise) noexcept;

}  // namespace foundation::optimize::detail
