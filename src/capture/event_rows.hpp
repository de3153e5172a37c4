#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "capture/trace_data.hpp"
#include "storage/file_writer.hpp"

namespace foundation::capture {

/// The rows of /events: thread by thread, with the ids of the whole trace instead of those of the
/// process. Local; `data` outlives it.
class EventRows {
 public:
  explicit EventRows(const TraceData& data);

  /// Regions of the whole trace; the first one stands for all that are unknown.
  [[nodiscard]] const std::vector<analysis::Region>& regions() const noexcept { return regions_; }
  /// Which of them a process means by its own id.
  [[nodiscard]] std::uint32_t region(std::uint32_t process, std::size_t id) const noexcept {
    const auto& ids = region_ids_[process];
    return id < ids.size() ? ids[id] : 0;
  }
  void write(storage::FileWriter& file) const;

 private:
  struct Columns;
  void join_regions();
  void fill(std::uint64_t first, std::span<storage::Column> columns) const;
  void convert(const ThreadRows& thread, std::span<const trace::Event> events, std::size_t place,
               Columns& columns) const;

  const TraceData& data_;
  std::vector<analysis::Region> regions_;
  std::vector<std::vector<std::uint32_t>> region_ids_;  ///< by process and its own id
};

}  // namespace foundation::capture
