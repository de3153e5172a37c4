#include "runtime/evaluator.hpp"

#include <algorithm>
#include <new>
#include <omp.h>

namespace foundation::runtime {

using model::CellStatus;
using model::longest_duration_us;

namespace {

constexpr std::size_t prepared_candidates = 8;

std::uint64_t microseconds(core::Duration span) {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(span.count() / 1000, 0));
  return std::min(us, longest_duration_us);
}

/// A thread's mark while it is at a lease; nothing where nobody looks at marks.
class ScopedMark {
 public:
  ScopedMark(CellMarks* marks, const model::CellRange& range)
      : mark_{marks == nullptr
                  ? nullptr
                  : marks->of_thread(static_cast<std::uint32_t>(omp_get_thread_num()))} {
    if (mark_ != nullptr) mark_->begin(range);
  }
  ScopedMark(const ScopedMark&) = delete;
  ScopedMark& operator=(const ScopedMark&) = delete;
  ~ScopedMark() {
    if (mark_ != nullptr) mark_->end();
  }
  void at(std::uint32_t position) const noexcept {
    if (mark_ != nullptr) mark_->at(position);
  }

 private:
  CellMarks::Mark* mark_;
};

/// An exception of the program is its outcome.
template <class Run>
programs::CellOutput guarded(const Run& run) {
  try {
    return run();
  } catch (const std::bad_alloc&) {
    return {CellStatus::out_of_memory, "the program ran out of memory"};
  } catch (const std::exception& error) {
    return {CellStatus::crashed, error.what()};
  }
}

}  // namespace

void Evaluator::evaluate(const campaign::LeaseQueue::Work& work, ResultsMessage& results) {
  const model::CellRange& range = work.lease.range;
  results.lease = work.lease.id;
  results.range = range;
  results.cells.clear();
  results.outputs.clear();
  Prepared prepared;
  const ScopedMark mark{marks_, range};
  const Stopwatch::Ticks started = stopwatch_.now();
  Stopwatch::Ticks before = started;
  for (std::uint32_t position = range.begin; position < range.end; ++position) {
    const trace::Scope on_timeline{region_of(work)};
    mark.at(position);
    auto [result, text, duration] = evaluate_one(work, prepared, position);
    const Stopwatch::Ticks after = stopwatch_.now();
    result.duration_us =
        microseconds(duration.value_or(stopwatch_.between(before, after))) & longest_duration_us;
    result.attempts = 1;
    before = after;
    if (work.lease.keep_outputs || result.status > CellStatus::wrong) {
      results.outputs.resize(results.cells.size());
      results.outputs.push_back(std::move(text));
    }
    results.cells.push_back(result);
  }
  if (!results.outputs.empty()) results.outputs.resize(results.cells.size());
  results.busy_ns = stopwatch_.between(started, before).count();
}

Evaluator::Evaluated Evaluator::evaluate_one(const campaign::LeaseQueue::Work& work,
                                             Prepared& prepared, std::uint32_t position) {
  if (work.request != nullptr) {
    programs::CellOutput output = guarded([&] { return writing_.write(*work.request, position); });
    return {TextWriting::result_of(output), std::move(output.text), output.duration};
  }
  const model::Split split = work.lease.range.split;
  const std::uint32_t example = position / trials_;
  const programs::CellInput cell{.example = &data_.at(split, example),
                                 .split = split,
                                 .example_position = example,
                                 .trial = position % trials_};
  programs::CellOutput output = run(*work.candidate, prepared, cell);
  programs::Verdict verdict = metric_.judge(*cell.example, output);
  if (output.cost) verdict.result.cost = *output.cost;
  if (verdict.problem.empty()) return {verdict.result, std::move(output.text), output.duration};
  verdict.result.output = 0;  // what is told instead of the answer may depend on chance
  return {verdict.result, std::move(verdict.problem), output.duration};
}

programs::CellOutput Evaluator::run(const model::Candidate& candidate, Prepared& prepared,
                                    const programs::CellInput& cell) {
  return guarded([&] {
    if (!prepared) prepared = prepare(candidate);
    return prepared->run(cell);
  });
}

// Two slots may prepare the same candidate at once: cheaper than waiting for each other.
Evaluator::Prepared Evaluator::prepare(const model::Candidate& candidate) {
  {
    const std::lock_guard lock{mutex_};
    const auto found =
        std::ranges::find(recent_, candidate.index, &decltype(recent_)::value_type::first);
    if (found != recent_.end()) {
      std::rotate(recent_.begin(), found, found + 1);
      return recent_.front().second;
    }
  }
  Prepared prepared = program_.prepare(candidate, data_);
  const std::lock_guard lock{mutex_};
  recent_.emplace_front(candidate.index, prepared);
  if (recent_.size() > prepared_candidates) recent_.pop_back();
  return prepared;
}

}  // namespace foundation::runtime
