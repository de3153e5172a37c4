#pragma once

#include <limits>
#include <vector>

#include "optimize/strategy.hpp"

namespace foundation::optimize::detail {

/// Coordinate of a parameter that is inactive.
inline constexpr double absent = std::numeric_limits<double>::quiet_NaN();

/// What is known of an accepted candidate.
struct Observation {
  model::CandidateIndex candidate = model::no_candidate;
  std::vector<double> point;  ///< on the axes of the unit cube; `absent` where inactive
  CandidateOutcome outcome;   ///< not valid while the candidate is under way
};

}  // namespace foundation::optimize::detail
