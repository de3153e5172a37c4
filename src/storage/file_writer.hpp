#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "storage/content_digest.hpp"
#include "storage/table_sink.hpp"

namespace foundation::storage {

enum class Layout : std::uint8_t {
  contiguous,  ///< quick to write: for views of a live run
  compressed,  ///< chunks with shuffle and deflate: for keeping
};

/// A column of a table that is too large to be held in memory.
struct LargeColumn {
  ColumnInfo info;
  ColumnType type = ColumnType::int64;  ///< not `text`
};

/// Fills all columns with the rows from `first` on; they have the right length already. Called
/// from several threads at once.
using FillRows = std::function<void(std::uint64_t first, std::span<Column> columns)>;

/// Makes one HDF5 file of tables, which every reader since HDF5 1.8 opens. Throws core::Error{io}
/// with HDF5's reason.
///
/// Normally HDF5 works in memory only: a full disk meets publish_file, which can report it, and not
/// HDF5, which keeps state of a file that it could not write. Memory: twice the file. A file that
/// is too large for that is written in place instead, see publish_large_file.
class FileWriter final : public TableSink {
 public:
  explicit FileWriter(Layout layout);
  /// Writes into this existing file, instead of into memory.
  FileWriter(Layout layout, const std::filesystem::path& file);
  ~FileWriter() override;

  /// Digest of the tables so far; also the root attribute `content_digest` once finished.
  [[nodiscard]] core::Digest digest() const { return digest_.digest(); }
  /// The whole file. Nothing may be added afterwards.
  [[nodiscard]] std::vector<std::byte> finish();
  /// Of a writer into a file: everything is in it. Nothing may be added afterwards.
  void close();

  /// A table of any length in chunks of 65,536 rows. Rows are made and compressed by the threads
  /// of an OpenMP region; memory is a few chunks a thread. It is no part of the digest.
  void add_large_table(std::string_view name, std::string_view description, std::uint64_t rows,
                       std::span<const LargeColumn> columns, const FillRows& fill);

 private:
  struct State;
  void do_begin_table(const std::string& name, std::string_view description,
                      std::uint64_t rows) override;
  void do_column(const std::string& table, const ColumnInfo& info,
                 const ColumnView& values) override;
  void do_attribute(const std::string& table, std::string_view name,
                    const AttributeValue& value) override;
  void do_heap(std::string_view name, std::string_view description,
               std::string_view bytes) override;
  void write_row_scale(std::uint64_t rows);

  Layout layout_;
  ContentDigest digest_;
  std::unique_ptr<State> state_;
};

}  // namespace foundation::storage
