#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/hash.hpp"
#include "storage/content_digest.hpp"
#include "storage/table_sink.hpp"

namespace foundation::storage {

enum class Layout : std::uint8_t {
  contiguous,  ///< quick to write: for views of a live run
  compressed,  ///< chunks with shuffle and deflate: for keeping
};

/// Writes one HDF5 file of tables that every reader since HDF5 1.8 opens. Readable only after
/// `close`, so write under a temporary name (publish_file does). Throws core::Error{io} with the
/// system's reason, a full disk say; the file is then worthless.
class FileWriter final : public TableSink {
 public:
  /// Replaces the content of `path`, which must be private to the caller.
  FileWriter(const std::filesystem::path& path, Layout layout);
  ~FileWriter() override;

  /// Digest of the tables so far; also the root attribute `content_digest` once closed.
  [[nodiscard]] core::Digest digest() const { return digest_.digest(); }
  /// Writes everything out. Nothing may be added afterwards.
  void close();

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

  std::string path_;
  Layout layout_;
  ContentDigest digest_;
  std::unique_ptr<State> state_;
};

}  // namespace foundation::storage
