#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "storage/table_sink.hpp"

/// What the published tables have in common.
namespace foundation::analysis::detail {

inline constexpr std::string_view ns = "nanoseconds";
inline constexpr std::string_view trace_time = "nanoseconds since the start of the trace";
inline constexpr storage::ColumnInfo region{"region", "name of the region", "",
                                            "empty: code outside of any"};

/// One table, column by column, from rows of any kind.
template <class Rows>
class Table {
 public:
  Table(storage::TableSink& sink, std::string_view name, std::string_view description,
        const Rows& rows)
      : sink_{sink}, rows_{rows} {
    sink.begin_table(name, description, rows.size());
  }
  template <class T, class ValueOf>
  void column(const storage::ColumnInfo& info, ValueOf&& value_of) {
    std::vector<T> values;
    values.reserve(rows_.size());
    for (const auto& row : rows_) values.push_back(static_cast<T>(value_of(row)));
    sink_.add_column(info, std::span<const T>{values});
  }

 private:
  storage::TableSink& sink_;
  const Rows& rows_;
};

}  // namespace foundation::analysis::detail
