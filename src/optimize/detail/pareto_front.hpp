#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "optimize/detail/cell_gains.hpp"
#include "optimize/detail/text_search.hpp"

namespace foundation::optimize::detail {

struct FrontMember {
  model::CandidateIndex candidate = model::no_candidate;
  std::uint32_t wins = 0;  ///< examples of validation on which nobody is better
  bool operator==(const FrontMember&) const = default;
};

/// The candidates that are the best ones on some example of the validation split, compared with
/// all that have been evaluated on it (Agrawal et al., arXiv:2507.19457, algorithm 2). Those are
/// left out that have a remaining equal on each of their examples, the worst ones first. Examples
/// on which all are alike say nothing; the best candidate stands alone if there are no others.
///
/// `ranking`: all of `told` that have a score, best first. In the order of proposals.
[[nodiscard]] std::vector<FrontMember> pareto_front(std::span<const CandidateOutcome> told,
                                                    std::span<const Rated> ranking,
                                                    const CellGains& gains, std::uint32_t trials);

}  // namespace foundation::optimize::detail
