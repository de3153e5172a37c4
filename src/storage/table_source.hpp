#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "storage/column.hpp"

namespace foundation::storage {

/// Where tables are read from: a published file or memory. Errors: core::Error{corrupt_data}
/// naming table and column when something is missing or has another type.
class TableSource {
 public:
  virtual ~TableSource() = default;

  /// In the order they were written.
  [[nodiscard]] virtual std::vector<std::string> tables() const = 0;
  [[nodiscard]] virtual std::vector<std::string> columns(std::string_view table) const = 0;
  [[nodiscard]] virtual std::vector<std::string> heaps() const = 0;
  [[nodiscard]] virtual std::uint64_t rows(std::string_view table) const = 0;
  [[nodiscard]] virtual Column read(std::string_view table, std::string_view column) const = 0;
  /// Attribute of a table, or of the whole set when `table` is empty.
  [[nodiscard]] virtual std::optional<AttributeValue> attribute(std::string_view table,
                                                                std::string_view name) const = 0;
  [[nodiscard]] virtual std::string heap(std::string_view name) const = 0;

  [[nodiscard]] bool has_table(std::string_view name) const;

  /// The column's values; T must be the stored type.
  template <class T>
  [[nodiscard]] std::vector<T> values(std::string_view table, std::string_view column) const {
    Column stored = read(table, column);
    if (auto* wanted = std::get_if<std::vector<T>>(&stored)) return std::move(*wanted);
    refuse_type(table, column, type_of(stored), type_of(Column{std::vector<T>{}}));
  }
  /// Attribute as text or number; the default when it is missing.
  [[nodiscard]] std::string text_attribute(std::string_view table, std::string_view name,
                                           std::string_view otherwise = {}) const;
  [[nodiscard]] std::int64_t integer_attribute(std::string_view table, std::string_view name,
                                               std::int64_t otherwise = 0) const;

 protected:
  [[noreturn]] static void refuse_type(std::string_view table, std::string_view column,
                                       ColumnType found, ColumnType wanted);
};

}  // namespace foundation::storage
