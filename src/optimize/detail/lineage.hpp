#pragma once

#include <optional>
#include <span>

#include "model/candidate.hpp"

namespace foundation::optimize::detail {

/// The nearest common ancestor of two candidates by their parents, if there is one and it is
/// neither of them.
[[nodiscard]] std::optional<model::CandidateIndex> common_ancestor(
    std::span<const model::Candidate> candidates, model::CandidateIndex a, model::CandidateIndex b);

/// What two descendants made of an ancestor: each parameter that only one of them changed has the
/// changed value, one that both changed that of `better`. Nothing unless each has changed a
/// parameter that the other one has not. Parameters may be missing that conditions ask for.
[[nodiscard]] std::optional<model::Assignment> merged(const model::Assignment& ancestor,
                                                      const model::Assignment& better,
                                                      const model::Assignment& other);

}  // namespace foundation::optimize::detail
