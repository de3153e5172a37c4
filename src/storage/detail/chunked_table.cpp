#include "storage/detail/chunked_table.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <utility>
#include <omp.h>

#include <zlib.h>

#include "core/contracts.hpp"
#include "core/error.hpp"

namespace foundation::storage::detail {
namespace {

constexpr std::uint64_t chunk_rows = 65536;
constexpr int chunks_a_thread = 2;

/// Of deflate. Above 1 it gains a tenth on columns of events and costs three times that: worth it
/// only where there are few, and the file is mostly what every file has.
int level_for(std::uint64_t rows) { return rows <= chunk_rows ? 6 : 1; }

std::uint64_t rows_of_chunk(std::uint64_t rows) { return std::min(rows, chunk_rows); }

Column column_of(ColumnType type, std::size_t rows) {
  switch (type) {
    case ColumnType::int8: return std::vector<std::int8_t>(rows);
    case ColumnType::int32: return std::vector<std::int32_t>(rows);
    case ColumnType::uint32: return std::vector<std::uint32_t>(rows);
    case ColumnType::int64: return std::vector<std::int64_t>(rows);
    case ColumnType::uint64: return std::vector<std::uint64_t>(rows);
    case ColumnType::float64: return std::vector<double>(rows);
    case ColumnType::text: break;
  }
  EXPECTS(type != ColumnType::text);
  return {};
}

std::span<const std::byte> bytes_of(const Column& column) {
  return std::visit(
      [](const auto& values) -> std::span<const std::byte> {
        using Value = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_trivially_copyable_v<Value>) return std::as_bytes(std::span{values});
        return {};
      },
      column);
}

/// HDF5's shuffle filter: first bytes of all elements, then the second ones, and so on.
void shuffle(std::span<const std::byte> from, std::size_t width, std::span<std::byte> to) {
  const std::size_t count = from.size() / width;
  for (std::size_t byte = 0; byte < width; ++byte)
    for (std::size_t i = 0; i < count; ++i) to[byte * count + i] = from[i * width + byte];
}

void deflate(std::span<const std::byte> bytes, int level, std::vector<std::byte>& packed) {
  auto size = compressBound(static_cast<uLong>(bytes.size()));
  packed.resize(size);
  const int result = compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                               reinterpret_cast<const Bytef*>(bytes.data()),
                               static_cast<uLong>(bytes.size()), level);
  if (result != Z_OK)
    throw core::Error{core::ErrorKind::io, "cannot compress a part of a table: out of memory"};
  packed.resize(size);
}

}  // namespace

/// What one thread works on; its memory is used again.
struct ChunkedTable::Chunk {
  std::uint64_t first = 0;
  std::vector<Column> columns;
  std::vector<std::vector<std::byte>> packed;  ///< by column
  std::vector<std::byte> shuffled;
};

void ChunkedTable::add(const LargeColumn& column) {
  const std::string name{column.info.name};
  const auto type = memory_type(column.type);
  const hsize_t rows = rows_;
  const auto space =
      detail::make<SpaceId>(H5Screate_simple(1, &rows, nullptr), "make column", name);
  const auto properties =
      detail::make<PropertyId>(H5Pcreate(H5P_DATASET_CREATE), "make", "dataset properties");
  check(H5Pset_obj_track_times(properties.get(), false), "set", "time stamps");
  if (const hsize_t chunk = rows_of_chunk(rows_); chunk > 0) {
    check(H5Pset_chunk(properties.get(), 1, &chunk), "set", "chunks");
    check(H5Pset_shuffle(properties.get()), "set", "shuffle filter");
    check(H5Pset_deflate(properties.get(), static_cast<unsigned>(level_for(rows_))), "set",
          "deflate filter");
  }
  columns_.push_back(
      {name, column.type,
       detail::make<DatasetId>(H5Dcreate2(group_, name.c_str(), type.get(), space.get(),
                                          H5P_DEFAULT, properties.get(), H5P_DEFAULT),
                               "make column", name)});
}

void ChunkedTable::make(Chunk& chunk, const FillRows& fill) const {
  const std::uint64_t whole = rows_of_chunk(rows_);
  const auto filled = static_cast<std::size_t>(std::min(whole, rows_ - chunk.first));
  chunk.columns.resize(columns_.size());
  chunk.packed.resize(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i)
    chunk.columns[i] = column_of(columns_[i].type, filled);
  fill(chunk.first, chunk.columns);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    // HDF5 stores whole chunks: the last one ends in zeros that belong to no row.
    std::visit([&](auto& values) { values.resize(static_cast<std::size_t>(whole)); },
               chunk.columns[i]);
    const auto bytes = bytes_of(chunk.columns[i]);
    chunk.shuffled.resize(bytes.size());
    shuffle(bytes, bytes.size() / static_cast<std::size_t>(whole), chunk.shuffled);
    deflate(chunk.shuffled, level_for(rows_), chunk.packed[i]);
  }
}

void ChunkedTable::store(const Chunk& chunk) const {
  const hsize_t offset = chunk.first;
  for (std::size_t i = 0; i < columns_.size(); ++i)
    check(H5Dwrite_chunk(columns_[i].dataset.get(), H5P_DEFAULT, 0, &offset, chunk.packed[i].size(),
                         chunk.packed[i].data()),
          "write column", columns_[i].name);
}

void ChunkedTable::write(const FillRows& fill) const {
  std::vector<Chunk> chunks(static_cast<std::size_t>(omp_get_max_threads() * chunks_a_thread));
  std::exception_ptr failure;
  for (std::uint64_t first = 0; first < rows_;) {
    std::size_t count = 0;
    for (; count < chunks.size() && first < rows_; first += chunk_rows)
      chunks[count++].first = first;
#pragma omp parallel for schedule(dynamic, 1)
    for (std::size_t i = 0; i < count; ++i) {
      try {
        make(chunks[i], fill);
      } catch (...) {
#pragma omp critical(foundation_chunked_table)
        if (!failure) failure = std::current_exception();
      }
    }
    if (failure) std::rethrow_exception(failure);
    for (std::size_t i = 0; i < count; ++i) store(chunks[i]);
  }
}

}  // namespace foundation::storage::detail
