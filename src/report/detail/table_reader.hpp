#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "storage/schema.hpp"
#include "storage/table_source.hpp"

namespace foundation::report::detail {

/// One table's columns by their description.
class TableReader {
 public:
  TableReader(const storage::TableSource& source, std::string_view table)
      : source_{source}, table_{table} {}

  [[nodiscard]] std::size_t rows() const { return source_.rows(table_); }
  template <class T>
  [[nodiscard]] std::vector<T> all(std::string_view column) const {
    auto values = source_.values<T>(table_, column);
    if (values.size() != rows())
      throw core::Error{core::ErrorKind::corrupt_data,
                        fmt::format("column '{}' of table '{}' has another length than its table",
                                    column, table_)};
    return values;
  }
  template <class T>
  [[nodiscard]] std::vector<T> all(const storage::ColumnInfo& column) const {
    return all<T>(column.name);
  }
  /// Value of the first row.
  template <class T>
  [[nodiscard]] T first(std::string_view column) const {
    return all<T>(column).at(0);
  }
  template <class T>
  [[nodiscard]] T first(const storage::ColumnInfo& column) const {
    return first<T>(column.name);
  }

 private:
  const storage::TableSource& source_;
  std::string table_;
};

}  // namespace foundation::report::detail
