#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "capture/trace_data.hpp"
#include "storage/file_writer.hpp"

namespace foundation::capture {

/// The rows of /counters or of /marks: those among a thread's events, thread by thread. Where they
/// are was noted when the calls were counted, so any block of rows can be made by itself. Local;
/// `data` outlives it.
class PointRows {
 public:
  /// `kind` is `counter` or `mark`; the calls of `data` are counted.
  PointRows(const TraceData& data, trace::EventKind kind);

  void write(storage::FileWriter& file, std::string_view table, std::string_view description) const;

 private:
  struct Columns;
  struct Block {
    std::uint64_t first_row = 0;
    std::uint32_t process = 0;
    PointBlock events;
  };
  void fill(std::uint64_t first, std::span<storage::Column> columns) const;

  const TraceData& data_;
  trace::EventKind kind_;
  std::vector<Block> blocks_;
  std::uint64_t rows_ = 0;
};

}  // namespace foundation::capture
