#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "storage/table_source.hpp"

namespace foundation::storage {

/// What a published file holds.
enum class FileKind : std::uint8_t { run, trace };

/// Whether a file begins as an HDF5 file does; false when it cannot be read.
[[nodiscard]] bool is_hdf5_file(const std::filesystem::path& path);

/// Reads a published file, which may come from anywhere: sizes are checked against the file
/// before memory is taken for them. Throws core::Error{bad_input} when the file is no HDF5 file
/// or not one of this program's, {corrupt_data} when it is damaged, {io} when it cannot be read.
class FileReader final : public TableSource {
 public:
  explicit FileReader(const std::filesystem::path& path, FileKind kind = FileKind::run);
  ~FileReader() override;
  FileReader(FileReader&&) noexcept;
  FileReader& operator=(FileReader&&) noexcept;

  [[nodiscard]] std::vector<std::string> tables() const override;
  /// Without the scale `row`.
  [[nodiscard]] std::vector<std::string> columns(std::string_view table) const override;
  [[nodiscard]] std::vector<std::string> heaps() const override;
  [[nodiscard]] std::uint64_t rows(std::string_view table) const override;
  [[nodiscard]] Column read(std::string_view table, std::string_view column) const override;
  /// Rows [first, first + count) of a column of numbers.
  [[nodiscard]] Column read(std::string_view table, std::string_view column, std::uint64_t first,
                            std::uint64_t count) const;
  [[nodiscard]] std::optional<AttributeValue> attribute(std::string_view table,
                                                        std::string_view name) const override;
  [[nodiscard]] std::string heap(std::string_view name) const override;
  /// Text attribute of a column, such as its units; empty when there is none.
  [[nodiscard]] std::string column_attribute(std::string_view table, std::string_view column,
                                             std::string_view name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace foundation::storage
