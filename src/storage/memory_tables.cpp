#include "storage/memory_tables.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace foundation::storage {
namespace {

[[noreturn]] void refuse_missing(std::string_view what, std::string_view name) {
  throw core::Error{core::ErrorKind::corrupt_data, fmt::format("there is no {} '{}'", what, name)};
}

template <class Items>
std::vector<std::string> names_of(const Items& items) {
  std::vector<std::string> names;
  for (const auto& [name, content] : items) names.push_back(name);
  return names;
}

}  // namespace

std::vector<std::string> MemoryTables::tables() const {
  std::vector<std::string> names;
  for (const Table& table : tables_) names.push_back(table.name);
  return names;
}

std::vector<std::string> MemoryTables::columns(std::string_view table) const {
  return names_of(find(table).columns);
}

std::vector<std::string> MemoryTables::heaps() const { return names_of(heaps_); }

std::uint64_t MemoryTables::rows(std::string_view table) const { return find(table).rows; }

Column MemoryTables::read(std::string_view table, std::string_view column) const {
  for (const auto& [name, values] : find(table).columns)
    if (name == column) return values;
  refuse_missing("column", fmt::format("{}/{}", table, column));
}

std::optional<AttributeValue> MemoryTables::attribute(std::string_view table,
                                                      std::string_view name) const {
  const auto found = attributes_.find({std::string{table}, std::string{name}});
  return found == attributes_.end() ? std::nullopt : std::optional{found->second};
}

std::string MemoryTables::heap(std::string_view name) const {
  for (const auto& [known, bytes] : heaps_)
    if (known == name) return bytes;
  refuse_missing("heap", name);
}

void MemoryTables::do_begin_table(const std::string& name, std::string_view /*description*/,
                                  std::uint64_t rows) {
  tables_.push_back({.name = name, .rows = rows, .columns = {}});
}

void MemoryTables::do_column(const std::string& /*table*/, const ColumnInfo& info,
                             const ColumnView& values) {
  std::visit(
      [&](const auto& items) {
        using Value = typename std::decay_t<decltype(items)>::value_type;
        tables_.back().columns.emplace_back(info.name,
                                            std::vector<Value>(items.begin(), items.end()));
      },
      values);
}

void MemoryTables::do_attribute(const std::string& table, std::string_view name,
                                const AttributeValue& value) {
  attributes_[{table, std::string{name}}] = value;
}

void MemoryTables::do_heap(std::string_view name, std::string_view /*description*/,
                           std::string_view bytes) {
  heaps_.emplace_back(name, bytes);
}

const MemoryTables::Table& MemoryTables::find(std::string_view name) const {
  const auto found = std::ranges::find(tables_, name, &Table::name);
  if (found == tables_.end()) refuse_missing("table", name);
  return *found;
}

}  // namespace foundation::storage
