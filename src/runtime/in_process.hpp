#pragma once

#include "optimize/cell_store.hpp"
#include "optimize/trajectory.hpp"
#include "runtime/evaluator.hpp"

namespace foundation::runtime {

/// Runs a trajectory to its end on the calling thread, without journal or messages: the plainest
/// way to an answer, for measurements and as a reference for tests.
void run_in_process(optimize::Trajectory& trajectory, optimize::CellStore& store,
                    Evaluator& evaluator);

/// Evaluates one range of a candidate, or of a text request, into the store.
void evaluate_range(const optimize::Trajectory& trajectory, const model::CellRange& range,
                    optimize::CellStore& store, Evaluator& evaluator);

}  // namespace foundation::runtime
