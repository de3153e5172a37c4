#include "runtime/child_evaluator.hpp"

#include <utility>
#include <unistd.h>

#include <fmt/format.h>

#include "core/quantity.hpp"

namespace foundation::runtime {

using campaign::LeaseQueue;
using model::CellStatus;

namespace {

constexpr int most_starts = 5;  // in a row that bring no child to work
constexpr useconds_t pause_us = 100'000;

void append(const model::CellResult& cell, std::string text, ResultsMessage& results) {
  if (!text.empty()) {
    results.outputs.resize(results.cells.size());
    results.outputs.push_back(std::move(text));
  }
  results.cells.push_back(cell);
}

/// The output's digest is part of the answer, and how a process ends may depend on chance: none.
void append_failure(CellStatus status, std::string text, ResultsMessage& results) {
  model::CellResult cell;
  cell.status = status;
  cell.attempts = 1;
  append(cell, std::move(text), results);
}

std::string text_of(ResultsMessage& cell) {
  return cell.outputs.empty() ? std::string{} : std::move(cell.outputs.front());
}

}  // namespace

Isolation isolation_of(const programs::ProgramOptions& options, const programs::Program& program,
                       const programs::Metric& metric) {
  const bool limited = options.cell_timeout > core::Duration{0};
  Isolation isolation;
  isolation.always = options.isolate.value_or(false) || limited || program.runs_in_child() ||
                     metric.runs_in_child();
  if (limited) isolation.cell_limit = options.cell_timeout;
  return isolation;
}

void ChildEvaluator::evaluate(const LeaseQueue::Work& work, ResultsMessage& results) {
  const bool suspect = work.lease.place == campaign::Place::in_child;
  if (!suspect && !isolation_.always) return in_process_.evaluate(work, results);
  results.lease = work.lease.id;
  results.range = work.lease.range;
  results.cells.clear();
  results.outputs.clear();
  const std::size_t count = work.lease.range.size();
  results.busy_ns = 0;
  std::optional<std::size_t> accused;
  int failed_starts = 0;
  while (results.cells.size() < count) {
    const auto death = run_child(work, results, suspect || accused.has_value());
    if (!death) break;
    const std::size_t cell = results.cells.size();
    if (death->cause == Death::Cause::no_start) {
      if (++failed_starts < most_starts) {
        ::usleep(pause_us);
        continue;
      }
      append_failure(CellStatus::lost, "no child process could be started: " + death->how, results);
    } else if (death->cause == Death::Cause::overdue) {
      append_failure(CellStatus::timeout, overdue_text(), results);
    } else if (accused == cell) {
      append_failure(CellStatus::crashed, death->how, results);
    } else {
      accused = cell;
    }
    failed_starts = 0;
  }
  if (!results.outputs.empty()) results.outputs.resize(count);
}

std::optional<ChildEvaluator::Death> ChildEvaluator::run_child(const LeaseQueue::Work& work,
                                                               ResultsMessage& results,
                                                               bool fresh) {
  const model::CellRange& range = work.lease.range;
  const auto next = [&] { return range.begin + static_cast<std::uint32_t>(results.cells.size()); };
  auto child = take_child(fresh);
  if (!child->is_ready()) return Death{Death::Cause::no_start, child->end()};
  ResultsMessage cell;
  bool at_work = child->begin(work, next());
  while (at_work && next() < range.end) {
    const trace::Scope on_timeline{region_of(work)};
    const auto outcome = child->receive(range, next(), isolation_.cell_limit, cell);
    if (outcome == CellChild::Outcome::overdue) return Death{Death::Cause::overdue, child->end()};
    at_work = outcome == CellChild::Outcome::answered;
    if (!at_work) break;
    results.busy_ns += cell.busy_ns;  // in cells: it is what they cost that counts
    append(cell.cells.front(), text_of(cell), results);
  }
  if (!at_work) return Death{Death::Cause::in_a_cell, child->end()};
  keep_child(std::move(child));
  return std::nullopt;
}

std::unique_ptr<CellChild> ChildEvaluator::take_child(bool fresh) {
  if (!fresh) {
    const std::lock_guard lock{mutex_};
    if (!idle_.empty()) {
      auto child = std::move(idle_.back());
      idle_.pop_back();
      return child;
    }
  }
  return std::make_unique<CellChild>(keeper_, setup_, budget_);
}

void ChildEvaluator::keep_child(std::unique_ptr<CellChild> child) {
  if (!isolation_.always) return;
  const std::lock_guard lock{mutex_};
  idle_.push_back(std::move(child));
}

std::string ChildEvaluator::overdue_text() const {
  return fmt::format("it took longer than {} and was ended",
                     core::format_duration(*isolation_.cell_limit));
}

}  // namespace foundation::runtime
