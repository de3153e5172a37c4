#include "report/merged_tables.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "storage/schema.hpp"

namespace foundation::report {

namespace schema = storage::schema;
using storage::Column;
using storage::ColumnInfo;
using storage::ColumnView;

namespace {

/// An empty column of the same type.
Column empty_like(const ColumnView& values) {
  return std::visit([]<class T>(const std::span<const T>&) -> Column { return std::vector<T>{}; },
                    values);
}

void fill_up(Column& column, std::uint64_t rows) {
  std::visit(
      [rows]<class T>(std::vector<T>& values) {
        if (values.size() >= rows) return;
        if constexpr (std::is_floating_point_v<T>) {
          values.resize(rows, std::numeric_limits<T>::quiet_NaN());
        } else {
          values.resize(rows);
        }
      },
      column);
}

/// `shift` is added to whole numbers.
void append(Column& column, const ColumnView& more, std::int64_t shift) {
  std::visit(
      [&]<class T>(std::vector<T>& values) {
        for (const T& value : std::get<std::span<const T>>(more)) {
          values.push_back(value);
          if constexpr (std::is_same_v<T, std::int64_t>) values.back() += shift;
        }
      },
      column);
}

}  // namespace

void MergedTables::begin_run() { ++runs_; }

MergedTables::MergedTable& MergedTables::find(std::string_view table) {
  const auto found = std::ranges::find(tables_, table, &MergedTable::name);
  if (found != tables_.end()) return *found;
  tables_.push_back({.name = std::string{table}, .description = {}, .run = {}, .columns = {}});
  return tables_.back();
}

MergedTables::Heap& MergedTables::find_heap(std::string_view name) {
  const auto found = std::ranges::find(heaps_, name, &Heap::name);
  if (found != heaps_.end()) return *found;
  heaps_.push_back({.name = std::string{name}, .description = {}, .bytes = {}});
  return heaps_.back();
}

void MergedTables::do_begin_table(const std::string& name, std::string_view description,
                                  std::uint64_t rows) {
  MergedTable& table = find(name);
  table.description = description;
  table.rows_before = table.run.size();
  table.run.resize(table.rows_before + rows, runs_ - 1);
}

void MergedTables::do_column(const std::string& name, const ColumnInfo& info,
                             const ColumnView& values) {
  MergedTable& table = find(name);
  std::string column_name{info.name};
  auto column = std::ranges::find(table.columns, column_name, &MergedColumn::name);
  if (column != table.columns.end() &&
      storage::type_of(column->values) != storage::type_of(values)) {
    column_name += fmt::format("_{}", storage::name_of(storage::type_of(values)));
    column = std::ranges::find(table.columns, column_name, &MergedColumn::name);
  }
  if (column == table.columns.end()) {
    table.columns.push_back({column_name, std::string{info.long_name}, std::string{info.units},
                             std::string{info.description}, info.flags, empty_like(values)});
    column = std::prev(table.columns.end());
  }
  fill_up(column->values, table.rows_before);
  // The texts of this run come behind those of the runs before.
  const bool points_into_heap =
      name == schema::outputs::table && info.name == schema::outputs::offset.name;
  const auto shift = points_into_heap ? find_heap(name).bytes.size() : 0;
  append(column->values, values, static_cast<std::int64_t>(shift));
}

void MergedTables::do_attribute(const std::string&, std::string_view,
                                const storage::AttributeValue&) {}

void MergedTables::do_heap(std::string_view name, std::string_view description,
                           std::string_view bytes) {
  Heap& heap = find_heap(name);
  heap.description = description;
  heap.bytes += bytes;
}

void MergedTables::publish(storage::TableSink& sink) {
  for (MergedTable& table : tables_) {
    sink.begin_table(table.name, table.description, table.run.size());
    sink.add_column(schema::runs::run, std::span<const std::uint32_t>{table.run});
    for (MergedColumn& column : table.columns) {
      fill_up(column.values, table.run.size());
      sink.add_column(
          {column.name, column.long_name, column.units, column.description, column.flags},
          storage::view_of(column.values));
    }
  }
  for (const Heap& heap : heaps_) sink.add_heap(heap.name, heap.description, heap.bytes);
}

}  // namespace foundation::report
