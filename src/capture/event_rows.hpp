#pragma once

#include <cstdint>
#include <span>

#include "capture/trace_data.hpp"
#include "storage/file_writer.hpp"

namespace foundation::capture {

/// The rows of /events: thread by thread, with the ids of the whole trace instead of those of the
/// process. Local; `data` outlives it.
class EventRows {
 public:
  explicit EventRows(const TraceData& data) : data_{data} {}

  void write(storage::FileWriter& file) const;

 private:
  struct Columns;
  void fill(std::uint64_t first, std::span<storage::Column> columns) const;
  void convert(const ThreadRows& thread, std::span<const trace::Event> events, std::size_t place,
               Columns& columns) const;

  const TraceData& data_;
};

}  // namespace foundation::capture
