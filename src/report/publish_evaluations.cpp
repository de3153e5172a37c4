#include <vector>

#include <fmt/format.h>

#include "report/detail/tables.hpp"
#include "storage/schema.hpp"

namespace foundation::report::detail {

namespace {

namespace evaluations = storage::schema::evaluations;

/// One finished cell, for the time of a visit.
struct CellEntry {
  model::CandidateIndex candidate;
  model::Split split;
  std::uint32_t position;
  const model::CellResult& result;
  const Chunk& chunk;
};

/// Visits the finished cells in canonical order: candidate, split, position.
template <class Visit>
void for_each_cell(const RunView& view, Visit&& visit) {
  for (std::size_t candidate = 0; candidate < view.chunks.size(); ++candidate) {
    const auto index = static_cast<model::CandidateIndex>(candidate);
    for (const auto split : {model::Split::train, model::Split::validation, model::Split::test}) {
      const auto cells = view.cells.cells(index, split);
      for (const Chunk& chunk : view.chunks[candidate][static_cast<std::size_t>(split)])
        for (std::uint32_t at = chunk.begin; at < chunk.begin + chunk.count; ++at)
          visit(CellEntry{index, split, at, cells[at], chunk});
    }
  }
}

/// Adds a column with `value_of(cell)` for every finished cell that `wanted` holds for.
template <class T, class Wanted, class ValueOf>
void add_cell_column(storage::TableSink& sink, const storage::ColumnInfo& info, const RunView& view,
                     std::uint64_t rows, Wanted&& wanted, ValueOf&& value_of) {
  std::vector<T> values;
  values.reserve(rows);
  for_each_cell(view, [&](const CellEntry& cell) {
    if (wanted(cell)) values.push_back(static_cast<T>(value_of(cell)));
  });
  sink.add_column(info, std::span<const T>{values});
}

std::uint64_t text_index(const CellEntry& cell) {
  return cell.chunk.first_text + (cell.position - cell.chunk.begin);
}

}  // namespace

void publish_evaluations(const RunView& view, storage::TableSink& sink) {
  const std::uint64_t rows = view.cells.finished();
  const std::uint32_t trials = view.job ? std::max(view.job->trials, 1U) : 1U;
  const auto add = [&]<class T>(const storage::ColumnInfo& info, auto&& value_of) {
    const auto all = [](const CellEntry&) { return true; };
    add_cell_column<T>(sink, info, view, rows, all, value_of);
  };
  using Cell = const CellEntry&;
  sink.begin_table(evaluations::table, "finished cells in the order candidate, split, position",
                   rows);
  add.operator()<std::uint32_t>(evaluations::candidate, [](Cell cell) { return cell.candidate; });
  add.operator()<std::int8_t>(evaluations::split, [](Cell cell) { return cell.split; });
  add.operator()<std::uint32_t>(evaluations::position, [](Cell cell) { return cell.position; });
  add.operator()<std::uint32_t>(evaluations::example,
                                [=](Cell cell) { return cell.position / trials; });
  add.operator()<std::uint32_t>(evaluations::trial,
                                [=](Cell cell) { return cell.position % trials; });
  add.operator()<std::int8_t>(evaluations::status, [](Cell cell) { return cell.result.status; });
  add.operator()<double>(evaluations::score, [](Cell cell) { return cell.result.score; });
  add.operator()<double>(evaluations::cost, [](Cell cell) { return cell.result.cost; });
  add.operator()<std::uint64_t>(evaluations::output, [](Cell cell) { return cell.result.output; });
  add.operator()<std::uint64_t>(evaluations::duration_us,
                                [](Cell cell) { return cell.result.duration_us; });
  add.operator()<std::int32_t>(evaluations::attempts,
                               [](Cell cell) { return cell.result.attempts; });
  add.operator()<std::uint32_t>(evaluations::epoch, [](Cell cell) { return cell.chunk.epoch; });
  add.operator()<std::uint32_t>(evaluations::worker, [](Cell cell) { return cell.chunk.worker; });
  add.operator()<std::int64_t>(evaluations::received_at,
                               [](Cell cell) { return cell.chunk.received_at; });
}

void publish_failures(const RunView& view, storage::TableSink& sink) {
  namespace failures = storage::schema::failures;
  using Failure = const FailedCell&;
  const auto& rows = view.failures;
  const auto name_of_example = [&view](Failure it) {
    if (it.split == model::Split::request) return fmt::format("sample {}", it.position);
    const auto& known = view.examples[static_cast<std::size_t>(it.split)];
    const std::size_t example = it.position / view.job->trials;
    return example < known.size() ? known[example].id : std::string{};
  };
  sink.begin_table(failures::table, "the first few failed cells of each kind", rows.size());
  add_column<std::uint32_t>(sink, failures::candidate, rows,
                            [](Failure it) { return it.candidate; });
  add_column<std::int8_t>(sink, failures::split, rows, [](Failure it) { return it.split; });
  add_column<std::uint32_t>(sink, failures::position, rows, [](Failure it) { return it.position; });
  add_column<std::string>(sink, failures::example, rows, name_of_example);
  add_column<std::int8_t>(sink, failures::status, rows, [](Failure it) { return it.status; });
  add_column<std::string>(sink, failures::text, rows, [](Failure it) { return it.text; });
}

void publish_outputs(const RunView& view, storage::TableSink& sink) {
  namespace outputs = storage::schema::outputs;
  const std::uint64_t rows = view.texts.size();
  if (rows == 0) return;
  const auto add = [&]<class T>(const storage::ColumnInfo& info, auto&& value_of) {
    const auto kept = [](const CellEntry& cell) {
      return cell.chunk.first_text != Chunk::no_texts;
    };
    add_cell_column<T>(sink, info, view, rows, kept, value_of);
  };
  using Cell = const CellEntry&;
  sink.begin_table(outputs::table, "where the kept answers lie in /heaps/outputs", rows);
  add.operator()<std::uint32_t>(outputs::candidate, [](Cell cell) { return cell.candidate; });
  add.operator()<std::int8_t>(outputs::split, [](Cell cell) { return cell.split; });
  add.operator()<std::uint32_t>(outputs::position, [](Cell cell) { return cell.position; });
  add.operator()<std::int64_t>(outputs::offset,
                               [&](Cell cell) { return view.texts.offset(text_index(cell)); });
  add.operator()<std::int64_t>(outputs::length,
                               [&](Cell cell) { return view.texts.length(text_index(cell)); });
  sink.add_heap(outputs::table, "answers, one after the other; table /outputs says where",
                view.texts.bytes());
}

}  // namespace foundation::report::detail
