#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "storage/table_sink.hpp"

namespace foundation::report {

/// Tables of several runs, put one below the other: what is written after `begin_run` are the
/// rows of one more run. A column that a run does not have is filled up with NaN, 0 or "". Where
/// the type of a column differs between runs, each type gets a column of its own. Attributes of
/// single runs are dropped.
class MergedTables final : public storage::TableSink {
 public:
  void begin_run();
  /// Writes every table with the column `run` first, then the heaps. Call it once, at the end.
  void publish(storage::TableSink& sink);

 private:
  struct MergedColumn {
    std::string name, long_name, units, description;
    const storage::Flags* flags = nullptr;
    storage::Column values;
  };
  struct MergedTable {
    std::string name, description;
    std::uint64_t rows_before = 0;   ///< those of the runs before the current one
    std::vector<std::uint32_t> run;  ///< one a row
    std::vector<MergedColumn> columns;
  };
  struct Heap {
    std::string name, description, bytes;
  };
  void do_begin_table(const std::string& name, std::string_view description,
                      std::uint64_t rows) override;
  void do_column(const std::string& table, const storage::ColumnInfo& info,
                 const storage::ColumnView& values) override;
  void do_attribute(const std::string& table, std::string_view name,
                    const storage::AttributeValue& value) override;
  void do_heap(std::string_view name, std::string_view description,
               std::string_view bytes) override;
  [[nodiscard]] MergedTable& find(std::string_view table);
  [[nodiscard]] Heap& find_heap(std::string_view name);

  std::uint32_t runs_ = 0;
  std::vector<MergedTable> tables_;
  std::vector<Heap> heaps_;
};

}  // namespace foundation::report
