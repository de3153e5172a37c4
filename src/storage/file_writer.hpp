#pragma once

#include <cstddef>
#include <memory>
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

/// Makes the bytes of one HDF5 file of tables, which every reader since HDF5 1.8 opens. HDF5 works
/// in memory only: a full disk meets publish_file, which can report it, and not HDF5 1.10, which
/// crashes at the end of a process in which it could not close a file. Memory: twice the file.
/// Throws core::Error{io} with HDF5's reason.
class FileWriter final : public TableSink {
 public:
  explicit FileWriter(Layout layout);
  ~FileWriter() override;

  /// Digest of the tables so far; also the root attribute `content_digest` once finished.
  [[nodiscard]] core::Digest digest() const { return digest_.digest(); }
  /// The whole file. Nothing may be added afterwards.
  [[nodiscard]] std::vector<std::byte> finish();

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
