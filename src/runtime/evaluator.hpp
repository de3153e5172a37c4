#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "campaign/lease_queue.hpp"
#include "core/time.hpp"
#include "programs/dataset.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"
#include "runtime/cell_marks.hpp"
#include "runtime/lease_evaluator.hpp"
#include "runtime/stopwatch.hpp"
#include "runtime/text_writing.hpp"

namespace foundation::runtime {

/// Runs the cells of leases in process. The most recent candidates stay prepared. Safe to call
/// from every slot at once; what it is given outlives it.
class Evaluator final : public LeaseEvaluator {
 public:
  /// `marks`: where the threads of an OpenMP region show what they are at; may be null.
  Evaluator(const programs::Program& program, const programs::Metric& metric,
            const programs::SplitDataset& data, std::uint32_t trials, CellMarks* marks = nullptr)
      : program_{program},
        metric_{metric},
        data_{data},
        trials_{trials},
        marks_{marks},
        writing_{program, metric, data, trials} {}

  /// Evaluates every cell of the lease, or writes every sample, on the calling thread. An exception
  /// of the program is the cell's outcome (crashed, out_of_memory), with its text as output.
  void evaluate(const campaign::LeaseQueue::Work& work, ResultsMessage& results) override;

 private:
  using Prepared = std::shared_ptr<const programs::PreparedProgram>;
  [[nodiscard]] Prepared prepare(const model::Candidate& candidate);
  struct Evaluated {
    model::CellResult result;
    std::string text;
    std::optional<core::Duration> duration{};  ///< of the answer, if the program says it
  };
  [[nodiscard]] Evaluated evaluate_one(const campaign::LeaseQueue::Work& work, Prepared& prepared,
                                       std::uint32_t position);
  [[nodiscard]] programs::CellOutput run(const model::Candidate& candidate, Prepared& prepared,
                                         const programs::CellInput& cell);

  const programs::Program& program_;
  const programs::Metric& metric_;
  const programs::SplitDataset& data_;
  std::uint32_t trials_;
  CellMarks* marks_;
  TextWriting writing_;
  Stopwatch stopwatch_;
  std::mutex mutex_;
  std::deque<std::pair<model::CandidateIndex, Prepared>> recent_;  ///< newest first
};

}  // namespace foundation::runtime
