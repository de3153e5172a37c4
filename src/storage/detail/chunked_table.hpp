#pragma once

#include <cstdint>
#include <vector>

#include "storage/detail/h5.hpp"
#include "storage/file_writer.hpp"

namespace foundation::storage::detail {

/// Datasets of one length that are written chunk by chunk. Chunks are filled and compressed
/// (shuffle, deflate) by all threads; HDF5, which knows no threads, is handed the finished ones.
/// Local; the group outlives it.
class ChunkedTable {
 public:
  ChunkedTable(hid_t group, std::uint64_t rows) : group_{group}, rows_{rows} {}

  void add(const LargeColumn& column);
  [[nodiscard]] hid_t dataset(std::size_t column) const { return columns_[column].dataset.get(); }
  /// Calls `fill` for each chunk, from several threads, and writes what it gives. The first
  /// exception of `fill` ends it and is thrown.
  void write(const FillRows& fill) const;

 private:
  struct ColumnPlan {
    std::string name;
    ColumnType type;
    DatasetId dataset;
  };
  struct Chunk;
  void make(Chunk& chunk, const FillRows& fill) const;
  void store(const Chunk& chunk) const;

  hid_t group_;
  std::uint64_t rows_;
  std::vector<ColumnPlan> columns_;
};

}  // namespace foundation::storage::detail
