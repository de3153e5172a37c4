#include "runtime/in_process.hpp"

#include <memory>

namespace foundation::runtime {

void evaluate_range(const model::Candidate& candidate, const model::CellRange& range,
                    optimize::CellStore& store, Evaluator& evaluator) {
  campaign::LeaseQueue::Work work;
  work.candidate = std::make_shared<const model::Candidate>(candidate);
  work.lease.range = range;
  ResultsMessage results;
  evaluator.evaluate(work, results);
  store.finish(range, results.cells);
}

void run_in_process(optimize::Trajectory& trajectory, optimize::CellStore& store,
                    Evaluator& evaluator) {
  trajectory.advance();
  while (true) {
    const optimize::Changes changes = trajectory.take_changes();
    if (changes.work.empty()) return;
    for (const model::CellRange& range : changes.work)
      evaluate_range(trajectory.proposals()[range.candidate].candidate, range, store, evaluator);
    trajectory.advance();
  }
}

}  // namespace foundation::runtime
