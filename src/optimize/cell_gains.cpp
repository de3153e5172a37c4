#include "optimize/detail/cell_gains.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/contracts.hpp"

namespace foundation::optimize::detail {

double gain_of(const model::CellResult& cell, bool maximise) noexcept {
  const bool has_score =
      cell.status == model::CellStatus::ok || cell.status == model::CellStatus::wrong;
  if (!has_score) return std::numeric_limits<double>::quiet_NaN();
  return maximise ? cell.score : -cell.score;
}

CellGains::CellGains(std::span<const CandidateOutcome> told, const Evidence& evidence,
                     bool maximise)
    : evidence_{&evidence}, maximise_{maximise} {
  double worst = std::numeric_limits<double>::infinity();
  for (const CandidateOutcome& outcome : told) {
    for (const model::CellResult& cell : evidence.validation(outcome)) {
      const double gain = gain_of(cell, maximise);
      if (gain < worst) worst = gain;  // NaN is not
    }
  }
  if (std::isfinite(worst)) worst_ = worst;
}

double CellGains::of(const model::CellResult& cell) const noexcept {
  const double gain = gain_of(cell, maximise_);
  return std::isfinite(gain) ? gain : worst_;
}

double CellGains::mean(const CandidateOutcome& outcome, std::uint32_t count) const {
  const auto all = cells(outcome);
  EXPECTS(count <= all.size());
  double sum = 0;
  for (const model::CellResult& cell : all.first(count)) sum += of(cell);
  return count == 0 ? 0 : sum / count;
}

}  // namespace foundation::optimize::detail
