#pragma once

#include <iterator>
#include <span>
#include <vector>

#include "storage/file_writer.hpp"

/// Columns of small tables, made from the things that their rows are about.
namespace foundation::capture::detail {

/// Values of one column, taken from each of `items`.
template <class Value, class Items, class Take>
std::vector<Value> each(const Items& items, const Take& take) {
  std::vector<Value> values;
  values.reserve(std::size(items));
  for (const auto& item : items) values.push_back(static_cast<Value>(take(item)));
  return values;
}

template <class Value>
void add(storage::FileWriter& file, const storage::ColumnInfo& info,
         const std::vector<Value>& values) {
  file.add_column(info, std::span<const Value>{values});
}

}  // namespace foundation::capture::detail
