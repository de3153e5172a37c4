#pragma once

#include <array>
#include <span>
#include <vector>

#include "report/run_view.hpp"
#include "storage/table_sink.hpp"

/// One function a table of the published file.
namespace foundation::report::detail {

/// Adds a column of type T with `value_of(item)` for every item.
template <class T, class Items, class ValueOf>
void add_column(storage::TableSink& sink, const storage::ColumnInfo& info, const Items& items,
                ValueOf&& value_of) {
  std::vector<T> values;
  values.reserve(items.size());
  for (const auto& item : items) values.push_back(static_cast<T>(value_of(item)));
  sink.add_column(info, std::span<const T>{values});
}

/// A candidate's index as published: storage::schema::none for none.
[[nodiscard]] inline std::int64_t reference(model::CandidateIndex candidate) noexcept {
  return candidate == model::no_candidate ? -1 : std::int64_t{candidate};
}

void publish_job(const RunView& view, storage::TableSink& sink);
void publish_sessions(const RunView& view, storage::TableSink& sink);
void publish_candidates(const RunView& view, storage::TableSink& sink);
/// What candidates are compared by, their values, and the Pareto front: three tables; nothing when
/// the score is the only objective.
void publish_objectives(const RunView& view, storage::TableSink& sink);
void publish_decisions(const RunView& view, storage::TableSink& sink);
void publish_progress(const RunView& view, storage::TableSink& sink);
void publish_workers(const RunView& view, storage::TableSink& sink);
void publish_nodes(const RunView& view, storage::TableSink& sink);
void publish_services(const RunView& view, storage::TableSink& sink);
void publish_health(const RunView& view, storage::TableSink& sink);
void publish_traffic(const RunView& view, storage::TableSink& sink);
void publish_result(const RunView& view, storage::TableSink& sink);
/// The columns of the table `result` behind `winner`, to the current table.
void add_result_columns(std::span<const campaign::FinishedRecord> rows, storage::TableSink& sink);
void publish_failures(const RunView& view, storage::TableSink& sink);
/// Statuses that a finished sample may have.
inline constexpr std::array sample_statuses = {
    model::CellStatus::ok, model::CellStatus::invalid_output, model::CellStatus::timeout,
    model::CellStatus::crashed, model::CellStatus::out_of_memory};
/// Nothing when no texts were asked for.
void publish_requests(const RunView& view, storage::TableSink& sink);
/// Nothing when none have come.
void publish_texts(const RunView& view, storage::TableSink& sink);
void publish_trainset(const RunView& view, storage::TableSink& sink);
void publish_evaluations(const RunView& view, storage::TableSink& sink);
/// Nothing when no answers were kept.
void publish_outputs(const RunView& view, storage::TableSink& sink);

}  // namespace foundation::report::detail
