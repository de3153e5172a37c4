#include "runtime/in_process.hpp"

#include <memory>

namespace foundation::runtime {

void evaluate_range(const optimize::Trajectory& trajectory, const model::CellRange& range,
                    optimize::CellStore& store, Evaluator& evaluator) {
  campaign::LeaseQueue::Work work{.lease = {.id = {}, .range = range, .keep_outputs = true}};
  if (range.split == model::Split::request) {
    work.request =
        std::make_shared<const model::TextRequest>(trajectory.requests().all()[range.candidate]);
  } else {
    work.candidate =
        std::make_shared<const model::Candidate>(trajectory.proposals()[range.candidate].candidate);
  }
  ResultsMessage results;
  evaluator.evaluate(work, results);
  store.finish(range, results.cells, results.outputs);
}

void run_in_process(optimize::Trajectory& trajectory, optimize::CellStore& store,
                    Evaluator& evaluator) {
  trajectory.advance();
  while (true) {
    const optimize::Changes changes = trajectory.take_changes();
    if (changes.work.empty()) return;
    for (const model::CellRange& range : changes.work)
      evaluate_range(trajectory, range, store, evaluator);
    trajectory.advance();
  }
}

}  // namespace foundation::runtime
