#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "storage/table_sink.hpp"
#include "storage/table_source.hpp"

namespace foundation::storage {

/// Tables held in memory: what is written can be read back. For reports straight from a journal.
class MemoryTables final : public TableSink, public TableSource {
 public:
  [[nodiscard]] std::vector<std::string> tables() const override;
  [[nodiscard]] std::vector<std::string> columns(std::string_view table) const override;
  [[nodiscard]] std::vector<std::string> heaps() const override;
  [[nodiscard]] std::uint64_t rows(std::string_view table) const override;
  [[nodiscard]] Column read(std::string_view table, std::string_view column) const override;
  [[nodiscard]] std::optional<AttributeValue> attribute(std::string_view table,
                                                        std::string_view name) const override;
  [[nodiscard]] std::string heap(std::string_view name) const override;

 private:
  struct Table {
    std::string name;
    std::uint64_t rows = 0;
    std::vector<std::pair<std::string, Column>> columns;
  };
  void do_begin_table(const std::string& name, std::string_view description,
                      std::uint64_t rows) override;
  void do_column(const std::string& table, const ColumnInfo& info,
                 const ColumnView& values) override;
  void do_attribute(const std::string& table, std::string_view name,
                    const AttributeValue& value) override;
  void do_heap(std::string_view name, std::string_view description,
               std::string_view bytes) override;
  [[nodiscard]] const Table& find(std::string_view name) const;

  std::vector<Table> tables_;
  std::map<std::pair<std::string, std::string>, AttributeValue> attributes_;
  std::vector<std::pair<std::string, std::string>> heaps_;
};

}  // namespace foundation::storage
