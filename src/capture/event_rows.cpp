#include "capture/event_rows.hpp"

#include <algorithm>
#include <array>

#include "storage/trace_schema.hpp"

namespace foundation::capture {

namespace schema = storage::trace_schema;
using storage::ColumnType;
using trace::EventKind;

namespace {

constexpr std::array columns = {
    storage::LargeColumn{schema::events::time, ColumnType::int64},
    storage::LargeColumn{schema::events::process, ColumnType::int32},
    storage::LargeColumn{schema::events::thread, ColumnType::int32},
    storage::LargeColumn{schema::events::kind, ColumnType::int8},
    storage::LargeColumn{schema::events::region, ColumnType::int32},
    storage::LargeColumn{schema::events::peer, ColumnType::int32},
    storage::LargeColumn{schema::events::tag, ColumnType::int32},
    storage::LargeColumn{schema::events::communicator, ColumnType::int32},
    storage::LargeColumn{schema::events::bytes, ColumnType::int64},
    storage::LargeColumn{schema::events::value, ColumnType::uint64}};

std::int32_t stored_communicator(const analysis::Process& process, std::uint32_t id) {
  const std::uint32_t known = id & ~analysis::lone_end;
  const auto row = static_cast<std::int32_t>(process.communicator(known).global);
  return known == id ? row : -row;
}

}  // namespace

/// The columns of one block, in the order above.
struct EventRows::Columns {
  template <class Value>
  static std::span<Value> values(storage::Column& column) {
    return std::get<std::vector<Value>>(column);
  }
  explicit Columns(std::span<storage::Column> all)
      : time{values<std::int64_t>(all[0])},
        process{values<std::int32_t>(all[1])},
        thread{values<std::int32_t>(all[2])},
        kind{values<std::int8_t>(all[3])},
        region{values<std::int32_t>(all[4])},
        peer{values<std::int32_t>(all[5])},
        tag{values<std::int32_t>(all[6])},
        communicator{values<std::int32_t>(all[7])},
        bytes{values<std::int64_t>(all[8])},
        value{values<std::uint64_t>(all[9])} {}

  std::span<std::int64_t> time;
  std::span<std::int32_t> process, thread;
  std::span<std::int8_t> kind;
  std::span<std::int32_t> region, peer, tag, communicator;
  std::span<std::int64_t> bytes;
  std::span<std::uint64_t> value;
};

void EventRows::convert(const ThreadRows& thread, std::span<const trace::Event> events,
                        std::size_t place, Columns& to) const {
  const analysis::Process& process = data_.recordings()->processes()[thread.process];
  for (const trace::Event& event : events) {
    const auto bytes = bytes_of(event, process.region(event.region).role);
    const bool holds_bytes = event.kind == EventKind::complete;  // where the communicator belongs
    to.time[place] = process.time.at(event.ticks);
    to.process[place] = static_cast<std::int32_t>(thread.process);
    to.thread[place] = static_cast<std::int32_t>(thread.stream);
    to.kind[place] = static_cast<std::int8_t>(event.kind);
    to.region[place] = static_cast<std::int32_t>(process.region(event.region).shared);
    to.peer[place] = event.peer;
    to.tag[place] = event.tag;
    to.communicator[place] = holds_bytes ? 0 : stored_communicator(process, event.communicator);
    to.bytes[place] = bytes ? static_cast<std::int64_t>(*bytes) : -1;
    to.value[place] = bytes && !holds_bytes ? 0 : event.value;
    ++place;
  }
}

void EventRows::fill(std::uint64_t first, std::span<storage::Column> all) const {
  Columns to{all};
  const std::uint64_t end = first + to.time.size();
  const auto& threads = data_.threads();
  auto thread = std::ranges::upper_bound(threads, first, {}, &ThreadRows::first_row);
  if (thread != threads.begin()) --thread;
  std::vector<trace::Event> events;
  for (; thread != threads.end() && thread->first_row < end; ++thread) {
    const std::uint64_t begin = std::max(first, thread->first_row);
    const std::uint64_t stop = std::min(end, thread->first_row + thread->rows());
    if (begin >= stop) continue;
    events.resize(stop - begin);
    data_.recordings()->processes()[thread->process].recording->read(
        thread->stream, thread->extent.oldest + (begin - thread->first_row), events);
    convert(*thread, events, static_cast<std::size_t>(begin - first), to);
  }
}

void EventRows::write(storage::FileWriter& file) const {
  file.add_large_table(
      schema::events::table, "Every event of every thread", data_.events(), columns,
      [this](std::uint64_t first, std::span<storage::Column> all) { fill(first, all); });
}

}  // namespace foundation::capture
