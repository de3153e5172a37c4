#pragma once

#include <map>
#include <string>

#include "core/hash.hpp"
#include "storage/table_sink.hpp"
#include "storage/table_source.hpp"

namespace foundation::storage {

/// Digest of everything the tables hold: names, types and values of all columns and heaps. The
/// order of writing, the file layout and the attributes are not part of it, so that a view made
/// anew from the same journal has the same digest.
class ContentDigest final : public TableSink {
 public:
  [[nodiscard]] core::Digest digest() const;

 private:
  friend class FileWriter;
  void do_begin_table(const std::string& name, std::string_view description,
                      std::uint64_t rows) override;
  void do_column(const std::string& table, const ColumnInfo& info,
                 const ColumnView& values) override;
  void do_attribute(const std::string& table, std::string_view name,
                    const AttributeValue& value) override;
  void do_heap(std::string_view name, std::string_view description,
               std::string_view bytes) override;

  std::map<std::string, core::Digest> parts_;  ///< by path inside the set
};

/// Digest of what a source really holds, read column by column.
[[nodiscard]] core::Digest content_digest(const TableSource& source);

}  // namespace foundation::storage
