#include "analysis/trace_tables.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "analysis/temporary_file.hpp"
#include "core/codec.hpp"
#include "core/error.hpp"
#include "storage/file_reader.hpp"
#include "storage/isolate.hpp"
#include "storage/load_file.hpp"
#include "storage/memory_tables.hpp"
#include "storage/trace_schema.hpp"

namespace foundation::analysis {

namespace schema = storage::trace_schema;
using core::Error;
using core::ErrorKind;
using storage::FileReader;
using storage::MemoryTables;
using trace::Event;
using trace::EventKind;

namespace {

constexpr std::uint64_t block_rows = 65536;  // as they are packed

[[noreturn]] void refuse(const std::string& why) { throw Error{ErrorKind::corrupt_data, why}; }

/// The events of one process in the unpacked file.
class UnpackedEvents final : public trace::EventSource {
 public:
  UnpackedEvents(std::shared_ptr<const TemporaryFile> file, trace::RecordedFacts facts)
      : file_{std::move(file)} {
    facts_ = std::move(facts);
  }
  void add_stream(const trace::StreamExtent& extent, std::uint64_t first_row) {
    streams_.push_back(extent);
    first_rows_.push_back(first_row);
  }
  void read(std::uint32_t stream, std::uint64_t begin, std::span<Event> events) const override {
    const std::uint64_t row = first_rows_[stream] + (begin - streams_[stream].oldest);
    file_->read(row * sizeof(Event), std::as_writable_bytes(events));
  }

 private:
  std::shared_ptr<const TemporaryFile> file_;
  std::vector<std::uint64_t> first_rows_;  ///< by stream
};

// --- events --------------------------------------------------------------------------------------

/// The columns of /events that make an event, for a block of rows.
struct EventColumns {
  template <class Value>
  static std::vector<Value> read(const FileReader& file, const storage::ColumnInfo& column,
                                 std::uint64_t first, std::uint64_t rows) {
    auto values = file.read(schema::events::table, column.name, first, rows);
    auto* wanted = std::get_if<std::vector<Value>>(&values);
    if (wanted == nullptr) refuse(fmt::format("column '{}' has another type", column.name));
    return std::move(*wanted);
  }
  EventColumns(const FileReader& file, std::uint64_t first, std::uint64_t rows)
      : time{read<std::int64_t>(file, schema::events::time, first, rows)},
        kind{read<std::int8_t>(file, schema::events::kind, first, rows)},
        region{read<std::int32_t>(file, schema::events::region, first, rows)},
        peer{read<std::int32_t>(file, schema::events::peer, first, rows)},
        tag{read<std::int32_t>(file, schema::events::tag, first, rows)},
        communicator{read<std::int32_t>(file, schema::events::communicator, first, rows)},
        bytes{read<std::int64_t>(file, schema::events::bytes, first, rows)},
        value{read<std::uint64_t>(file, schema::events::value, first, rows)} {}

  static std::uint32_t communicator_of(std::int32_t stored) {
    return stored < 0 ? static_cast<std::uint32_t>(-std::int64_t{stored}) | lone_end
                      : static_cast<std::uint32_t>(stored);
  }
  /// Bytes are where the recorder puts them: see trace::EventKind.
  [[nodiscard]] Event event(std::size_t row) const {
    Event it{.ticks = static_cast<std::uint64_t>(time[row]),
             .kind = static_cast<EventKind>(kind[row]),
             .region = static_cast<std::uint16_t>(region[row]),
             .peer = peer[row],
             .tag = tag[row],
             .communicator = communicator_of(communicator[row]),
             .value = value[row]};
    if (bytes[row] < 0) return it;
    if (it.kind == EventKind::complete)
      it.communicator = static_cast<std::uint32_t>(bytes[row]);
    else
      it.value = static_cast<std::uint64_t>(bytes[row]);
    return it;
  }

  std::vector<std::int64_t> time;
  std::vector<std::int8_t> kind;
  std::vector<std::int32_t> region, peer, tag, communicator;
  std::vector<std::int64_t> bytes;
  std::vector<std::uint64_t> value;
};

/// All rows of /events, one behind the other.
struct Unpacked {
  std::shared_ptr<TemporaryFile> file = std::make_shared<TemporaryFile>();
  std::uint64_t rows = 0;
};

/// The child that reads the file shares the temporary one with this process.
Unpacked unpack_events(const std::filesystem::path& path) {
  Unpacked unpacked;
  const auto unpack = [&] {
    const FileReader file{path, storage::FileKind::trace};
    const std::uint64_t rows = file.rows(schema::events::table);
    std::vector<Event> events;
    for (std::uint64_t first = 0; first < rows; first += events.size()) {
      events.resize(std::min(block_rows, rows - first));
      const EventColumns columns{file, first, events.size()};
      for (std::size_t row = 0; row < events.size(); ++row) events[row] = columns.event(row);
      unpacked.file->append(std::as_bytes(std::span{events}));
    }
    core::Encoder encoder;
    encoder << rows;
    return encoder.take();
  };
  const auto answer = storage::run_isolated(unpack, storage::limits_for(path));
  core::Decoder decoder{answer};
  decoder >> unpacked.rows;
  decoder.finish();
  return unpacked;
}

// --- what they are about -------------------------------------------------------------------------

/// The texts of a column that old files do not have; empty ones there.
std::vector<std::string> texts_of(const MemoryTables& file, std::string_view table,
                                  const storage::ColumnInfo& column, std::size_t rows) {
  const auto columns = file.columns(table);
  if (std::ranges::find(columns, column.name) == columns.end())
    return std::vector<std::string>(rows);
  return file.values<std::string>(table, column.name);
}

std::vector<Region> read_regions(const MemoryTables& file) {
  using namespace schema::regions;
  const auto names = file.values<std::string>(table, name.name);
  const auto files = file.values<std::string>(table, schema::regions::file.name);
  const auto lines = file.values<std::uint32_t>(table, line.name);
  const auto roles = file.values<std::int32_t>(table, role.name);
  const auto units = texts_of(file, table, unit, names.size());
  if (names.empty()) refuse("/regions is empty");
  if (names.size() > std::size_t{std::numeric_limits<std::uint16_t>::max()} + 1)
    throw Error{ErrorKind::bad_input, "the trace has more than 65536 regions",
                "analyse its recordings instead: trace with --keep-recordings"};
  std::vector<Region> regions;
  for (std::uint32_t i = 0; i < names.size(); ++i)
    regions.push_back(
        {names[i], files[i], lines[i], static_cast<trace::RegionRole>(roles[i]), units[i], i});
  return regions;
}

std::vector<Communicator> read_communicators(const MemoryTables& file,
                                             std::vector<Process>& processes) {
  namespace members = schema::members;
  const auto parents =
      file.values<std::uint32_t>(schema::communicators::table, schema::communicators::parent.name);
  const auto of = file.values<std::uint32_t>(members::table, members::communicator.name);
  const auto remote = file.values<std::int8_t>(members::table, members::remote.name);
  const auto places = file.values<std::int32_t>(members::table, members::place.name);
  const auto ranks = file.values<std::int32_t>(members::table, members::rank.name);
  if (parents.empty()) refuse("/communicators is empty");
  std::vector<Communicator> all(parents.size());
  const auto names =
      texts_of(file, schema::communicators::table, schema::communicators::name, all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].parent = parents[i];
    if (!names[i].empty()) all[i].names.push_back(names[i]);
  }
  std::map<std::int32_t, Process*> by_rank;
  for (Process& it : processes) {
    it.communicators.resize(all.size());
    if (it.recording->facts().rank >= 0) by_rank.emplace(it.recording->facts().rank, &it);
  }
  for (std::size_t row = 0; row < of.size(); ++row) {
    if (of[row] >= all.size()) refuse("/members names a communicator that is not there");
    auto& side = remote[row] != 0 ? all[of[row]].remote : all[of[row]].members;
    if (places[row] != std::ssize(side)) refuse("/members is not in order");
    side.push_back(ranks[row]);
    if (const auto found = by_rank.find(ranks[row]); found != by_rank.end())
      found->second->communicators[of[row]] = {of[row], remote[row] != 0, places[row]};
  }
  return all;
}

// --- processes -----------------------------------------------------------------------------------

/// The clocks of the file: times are nanoseconds on one time already.
trace::ClockPoint point_at(std::int64_t time, std::int64_t started_at) {
  return {.ticks = static_cast<std::uint64_t>(time),
          .monotonic_ns = time,
          .wall_ns = started_at + time};
}

/// Those that recorded; they come first in /processes.
std::vector<std::shared_ptr<UnpackedEvents>> read_processes(
    const MemoryTables& file, const std::shared_ptr<const TemporaryFile>& events) {
  using namespace schema::processes;
  const auto id = file.text_attribute({}, schema::attribute::trace_id);
  std::uint64_t trace_id = 0;
  std::from_chars(id.data(), id.data() + id.size(), trace_id, 16);
  const auto started =
      file.values<std::int64_t>(schema::trace::table, schema::trace::started_at.name);
  const auto sizes = file.values<std::int32_t>(schema::trace::table, schema::trace::ranks.name);
  if (started.empty() || sizes.empty()) refuse("/trace is empty");
  const auto ranks = file.values<std::int32_t>(table, rank.name);
  const auto hosts = file.values<std::string>(table, host.name);
  const auto pids = file.values<std::int64_t>(table, pid.name);
  const auto finalised = file.values<std::int8_t>(table, finalized.name);
  const auto clocks = file.values<std::int32_t>(table, clock.name);
  const auto begins = file.values<std::int64_t>(table, recorded_from.name);
  const auto ends = file.values<std::int64_t>(table, recorded_to.name);
  std::vector<std::shared_ptr<UnpackedEvents>> processes;
  for (std::size_t i = 0; i < ranks.size() && begins[i] >= 0; ++i)
    processes.push_back(std::make_shared<UnpackedEvents>(
        events, trace::RecordedFacts{.trace_id = trace_id,
                                     .process = static_cast<std::uint32_t>(pids[i]),
                                     .rank = ranks[i],
                                     .ranks = sizes.front(),
                                     .host = hosts[i],
                                     .boot_id = fmt::format("{:010}", clocks[i]),
                                     .closed = finalised[i] != 0,
                                     .first = point_at(begins[i], started.front()),
                                     .last = point_at(ends[i], started.front())}));
  return processes;
}

void read_threads(const MemoryTables& file, std::uint64_t events,
                  const std::vector<std::shared_ptr<UnpackedEvents>>& processes) {
  using namespace schema::threads;
  const auto owners = file.values<std::int32_t>(table, process.name);
  const auto numbers = file.values<std::int32_t>(table, thread.name);
  const auto tids = file.values<std::int64_t>(table, tid.name);
  const auto firsts = file.values<std::int64_t>(table, first_row.name);
  const auto counts = file.values<std::int64_t>(table, rows.name);
  const auto sequences = file.values<std::int64_t>(table, first_sequence.name);
  const auto losses = file.values<std::uint64_t>(table, dropped.name);
  for (std::size_t i = 0; i < owners.size(); ++i) {
    if (owners[i] < 0 || owners[i] >= std::ssize(processes))
      refuse("/threads names a process that has not recorded");
    UnpackedEvents& owner = *processes[static_cast<std::size_t>(owners[i])];
    const auto first = static_cast<std::uint64_t>(firsts[i]);
    const auto count = static_cast<std::uint64_t>(counts[i]);
    if (first > events || count > events - first || sequences[i] < 0)
      refuse("/threads names rows that are not in /events");
    if (numbers[i] != std::ssize(owner.streams())) refuse("/threads is not in order");
    const auto oldest = static_cast<std::uint64_t>(sequences[i]);
    owner.add_stream({.thread = static_cast<std::uint32_t>(tids[i]),
                      .oldest = oldest,
                      .published = oldest + count,
                      .dropped = losses[i],
                      .ended = true},
                     first);
  }
}

/// Files of before there were windows have none.
void read_windows(const MemoryTables& file, std::vector<Process>& processes) {
  const auto endings =
      file.values<std::int8_t>(schema::processes::table, schema::processes::ending.name);
  for (std::size_t i = 0; i < processes.size(); ++i)
    processes[i].goes_on = endings[i] == schema::running;
  using namespace schema::windows;
  if (!file.has_table(table)) return;
  const auto ids = file.values<std::string>(table, id.name);
  const auto owners = file.values<std::int32_t>(table, process.name);
  const auto begins = file.values<std::int64_t>(table, from.name);
  const auto ends = file.values<std::int64_t>(table, to.name);
  std::map<std::string, std::uint32_t> numbers;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (owners[i] < 0 || owners[i] >= std::ssize(processes)) continue;  // it has not recorded
    const auto next = static_cast<std::uint32_t>(numbers.size());
    const std::uint32_t number = numbers.try_emplace(ids[i], next).first->second;
    const TraceTime end = ends[i] < 0 ? std::numeric_limits<TraceTime>::max() : ends[i];
    processes[static_cast<std::size_t>(owners[i])].windows.push_back({number, begins[i], end});
  }
}

/// Everything but naming the file.
TraceSet open_tables(const std::filesystem::path& path) {
  static constexpr std::array wanted = {schema::trace::table,         schema::regions::table,
                                        schema::communicators::table, schema::members::table,
                                        schema::processes::table,     schema::threads::table,
                                        schema::windows::table};
  const MemoryTables file = storage::load_tables(path, wanted, {}, storage::FileKind::trace);
  const Unpacked events = unpack_events(path);
  const auto sources = read_processes(file, events.file);
  read_threads(file, events.rows, sources);
  const std::vector<Region> regions = read_regions(file);
  const auto commands =
      file.values<std::string>(schema::processes::table, schema::processes::command.name);
  const std::string library = file.text_attribute({}, schema::attribute::mpi_library);
  std::vector<Process> processes(sources.size());
  for (std::size_t i = 0; i < sources.size(); ++i) {
    processes[i].recording = sources[i];
    processes[i].regions = regions;
    processes[i].command = commands[i];
    processes[i].mpi_library = library;
  }
  read_windows(file, processes);
  std::vector<Communicator> communicators = read_communicators(file, processes);
  return {std::move(processes), std::move(communicators), regions};
}

}  // namespace

TraceSet open_trace_tables(const std::filesystem::path& path) {
  try {
    return open_tables(path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt_data) throw;
    throw Error{ErrorKind::corrupt_data,
                fmt::format("cannot use the trace '{}': {}", path.string(), error.what()),
                "make it anew with `foundation trace recover`, if its recordings are kept"};
  }
}

}  // namespace foundation::analysis
