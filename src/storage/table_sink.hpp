#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/column.hpp"

namespace foundation::storage {

/// Where tables are written to: an HDF5 file, memory, or a digest. Tables are written one after
/// the other; every column of a table has the length given to `begin_table`, another length is
/// our bug. Column texts pass through `stored_text` first, so that all sinks see the same bytes.
class TableSink {
 public:
  virtual ~TableSink() = default;

  void begin_table(std::string_view name, std::string_view description, std::uint64_t rows);
  void add_column(const ColumnInfo& info, const ColumnView& values);
  /// An attribute of the current table, or of the whole set before the first table.
  void set_attribute(std::string_view name, const AttributeValue& value);
  /// Large texts, one after the other, to which a table's offset and length columns point.
  void add_heap(std::string_view name, std::string_view description, std::string_view bytes);

 private:
  virtual void do_begin_table(const std::string& name, std::string_view description,
                              std::uint64_t rows) = 0;
  virtual void do_column(const std::string& table, const ColumnInfo& info,
                         const ColumnView& values) = 0;
  virtual void do_attribute(const std::string& table, std::string_view name,
                            const AttributeValue& value) = 0;
  virtual void do_heap(std::string_view name, std::string_view description,
                       std::string_view bytes) = 0;

  std::string table_;
  std::uint64_t rows_ = 0;
};

}  // namespace foundation::storage
