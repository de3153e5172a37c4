#include "capture/point_rows.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "storage/trace_schema.hpp"

namespace foundation::capture {

namespace schema = storage::trace_schema::points;
using storage::ColumnType;

namespace {

constexpr std::array columns = {storage::LargeColumn{schema::time, ColumnType::int64},
                                storage::LargeColumn{schema::process, ColumnType::int32},
                                storage::LargeColumn{schema::rank, ColumnType::int32},
                                storage::LargeColumn{schema::thread, ColumnType::int32},
                                storage::LargeColumn{schema::region, ColumnType::int32},
                                storage::LargeColumn{schema::value, ColumnType::float64}};

}  // namespace

/// The columns of one block of rows, in the order above.
struct PointRows::Columns {
  template <class Value>
  static std::span<Value> values(storage::Column& column) {
    return std::get<std::vector<Value>>(column);
  }
  explicit Columns(std::span<storage::Column> all)
      : time{values<std::int64_t>(all[0])},
        process{values<std::int32_t>(all[1])},
        rank{values<std::int32_t>(all[2])},
        thread{values<std::int32_t>(all[3])},
        region{values<std::int32_t>(all[4])},
        value{values<double>(all[5])} {}

  std::span<std::int64_t> time;
  std::span<std::int32_t> process, rank, thread, region;
  std::span<double> value;
};

PointRows::PointRows(const TraceData& data, trace::EventKind kind) : data_{data}, kind_{kind} {
  for (std::uint32_t process = 0; process < data.processes().size(); ++process)
    for (const PointBlock& it : data.processes()[process].points) {
      const std::uint32_t count = kind == trace::EventKind::counter ? it.counters : it.marks;
      if (count == 0) continue;
      blocks_.push_back({rows_, process, it});
      rows_ += count;
    }
}

void PointRows::fill(std::uint64_t first, std::span<storage::Column> all) const {
  const Columns to{all};
  const std::uint64_t end = first + to.time.size();
  auto block = std::ranges::upper_bound(blocks_, first, {}, &Block::first_row);
  if (block != blocks_.begin()) --block;
  std::vector<trace::Event> events;
  for (; block != blocks_.end() && block->first_row < end; ++block) {
    const analysis::Process& process = data_.recordings()->processes()[block->process];
    events.resize(block->events.events);
    process.recording->read(block->events.stream, block->events.first_event, events);
    std::uint64_t row = block->first_row;
    for (const trace::Event& event : events) {
      if (event.kind != kind_) continue;
      const auto place = static_cast<std::size_t>(row - first);
      if (row >= first && row < end) {
        to.time[place] = process.time.at(event.ticks);
        to.process[place] = static_cast<std::int32_t>(block->process);
        to.rank[place] = process.rank;
        to.thread[place] = static_cast<std::int32_t>(block->events.stream);
        to.region[place] = static_cast<std::int32_t>(process.region(event.region).shared);
        to.value[place] = std::bit_cast<double>(event.value);
      }
      ++row;
    }
  }
}

void PointRows::write(storage::FileWriter& file, std::string_view table,
                      std::string_view description) const {
  file.add_large_table(
      table, description, rows_, columns,
      [this](std::uint64_t first, std::span<storage::Column> all) { fill(first, all); });
}

}  // namespace foundation::capture
