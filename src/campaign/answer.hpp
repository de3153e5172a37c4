#pragma once

#include <span>

#include "campaign/records.hpp"
#include "campaign/scoring.hpp"
#include "core/hash.hpp"
#include "optimize/cell_store.hpp"
#include "optimize/trajectory.hpp"

namespace foundation::campaign {

/// The answer of a finished trajectory as one digest: candidates, (cell, status, score, output)
/// in canonical order, with the cost where it is an objective, and the winner. Who evaluated what,
/// when and how long is no part of it, nor are cells that no proposal was derived from, or that
/// only an earlier session needed, such as the test of a winner that is none any more: a run that
/// is continued with more candidates has the answer of one that had them from the start.
[[nodiscard]] core::Digest answer_digest(const optimize::Trajectory& trajectory,
                                         const optimize::CellStore& store);

/// The result of a finished trajectory with intervals on the test split; `seed` keys the
/// resampling. Counters and labels of time are left to the caller.
[[nodiscard]] FinishedRecord summarise(const optimize::Trajectory& trajectory,
                                       const optimize::CellStore& store, const Scoring& scoring,
                                       std::uint64_t seed);

}  // namespace foundation::campaign
