#include "capture/trace_file.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "capture/detail/columns.hpp"
#include "capture/detail/window_table.hpp"
#include "capture/event_rows.hpp"
#include "capture/job_identity.hpp"
#include "capture/point_rows.hpp"
#include "storage/publish_file.hpp"
#include "storage/trace_schema.hpp"

namespace foundation::capture {

namespace schema = storage::trace_schema;
using detail::add;
using detail::each;
using storage::FileWriter;

namespace {

void write_attributes(FileWriter& file, std::uint64_t trace_id, const TraceData& data) {
  namespace common = storage::schema;
  file.set_attribute(common::attribute::software, std::string{common::software});
  file.set_attribute(common::attribute::software_version, std::string{FOUNDATION_VERSION});
  file.set_attribute(common::attribute::schema, std::string{schema::schema_name});
  file.set_attribute(common::attribute::schema_version, schema::schema_version);
  file.set_attribute(schema::attribute::trace_id, id_text(trace_id));
  file.set_attribute(schema::attribute::status, data.status());
  file.set_attribute(schema::attribute::command, storage::stored_text(data.command()));
  file.set_attribute(schema::attribute::missing, storage::stored_text(data.missing()));
  if (data.recordings() != nullptr)
    file.set_attribute(schema::attribute::mpi_library,
                       storage::stored_text(data.recordings()->processes().front().mpi_library));
}

void write_summary(FileWriter& file, std::uint64_t trace_id, const TraceData& data) {
  using namespace schema::trace;
  file.begin_table(table, "The trace as a whole", 1);
  add(file, id, std::vector{id_text(trace_id)});
  add(file, command, std::vector{data.command()});
  add(file, status, std::vector{data.status()});
  add(file, started_at, std::vector<std::int64_t>{data.started_at()});
  add(file, duration, std::vector<std::int64_t>{data.duration()});
  add(file, hosts, std::vector<std::uint32_t>{data.hosts()});
  add(file, processes, std::vector<std::int64_t>{std::ssize(data.processes())});
  add(file, ranks, std::vector<std::int32_t>{data.ranks()});
  add(file, events, std::vector<std::uint64_t>{data.events()});
  add(file, dropped, std::vector<std::uint64_t>{data.dropped()});
}

void write_regions(FileWriter& file, const std::vector<analysis::Region>& all) {
  using namespace schema::regions;
  file.begin_table(table, "What events are about", all.size());
  add(file, name, each<std::string>(all, [](const auto& it) { return it.name; }));
  add(file, schema::regions::file, each<std::string>(all, [](const auto& it) { return it.file; }));
  add(file, line, each<std::uint32_t>(all, [](const auto& it) { return it.line; }));
  add(file, role, each<std::int32_t>(all, [](const auto& it) { return it.role; }));
  add(file, unit, each<std::string>(all, [](const auto& it) { return it.unit; }));
}

void write_communicators(FileWriter& file, const std::vector<analysis::Communicator>& all) {
  using namespace schema::communicators;
  std::vector<std::int64_t> first;
  std::int64_t members = 0;
  for (const auto& it : all) {
    first.push_back(members);
    members += std::ssize(it.members) + std::ssize(it.remote);
  }
  file.begin_table(table, "Communicators", all.size());
  add(file, parent, each<std::uint32_t>(all, [](const auto& it) { return it.parent; }));
  add(file, size, each<std::int32_t>(all, [](const auto& it) { return it.members.size(); }));
  add(file, remote_size, each<std::int32_t>(all, [](const auto& it) { return it.remote.size(); }));
  add(file, first_member, first);
  add(file, name, each<std::string>(all, [](const auto& it) {
        return it.names.empty() ? std::string{} : it.names.back();
      }));
}

void write_members(FileWriter& file, const std::vector<analysis::Communicator>& all) {
  using namespace schema::members;
  std::vector<std::uint32_t> communicators;
  std::vector<std::int8_t> sides;
  std::vector<std::int32_t> places, ranks;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    for (const std::int8_t side : {std::int8_t{0}, std::int8_t{1}}) {
      const std::vector<std::int32_t>& members = side == 0 ? all[i].members : all[i].remote;
      for (std::int32_t at = 0; at < std::ssize(members); ++at) {
        communicators.push_back(i);
        sides.push_back(side);
        places.push_back(at);
        ranks.push_back(members[static_cast<std::size_t>(at)]);
      }
    }
  }
  file.begin_table(table, "Members of the communicators", ranks.size());
  add(file, communicator, communicators);
  add(file, remote, sides);
  add(file, place, places);
  add(file, rank, ranks);
}

void write_processes(FileWriter& file, const TraceData& data) {
  using namespace schema::processes;
  const auto& all = data.processes();
  const auto recording = [&data](const ProcessEntry& it) {
    return it.recorded ? data.recordings()->processes()[*it.recorded].recording.get() : nullptr;
  };
  file.begin_table(table, "Processes: what each was and how it ended", all.size());
  add(file, rank, each<std::int32_t>(all, [](const auto& it) { return it.facts.rank; }));
  add(file, host, each<std::string>(all, [](const auto& it) { return it.facts.host; }));
  add(file, pid, each<std::int64_t>(all, [](const auto& it) { return it.facts.process; }));
  add(file, ending, each<std::int8_t>(all, [](const auto& it) { return it.facts.ending; }));
  add(file, exit_status,
      each<std::int32_t>(all, [](const auto& it) { return it.facts.exit_status; }));
  add(file, signal, each<std::int32_t>(all, [](const auto& it) { return it.facts.signal; }));
  add(file, finalized, each<std::int8_t>(all, [&](const auto& it) {
        return recording(it) != nullptr && recording(it)->facts().closed;
      }));
  add(file, threads, each<std::uint32_t>(all, [&](const auto& it) {
        return recording(it) == nullptr ? 0 : recording(it)->streams().size();
      }));
  add(file, emitted, each<std::uint64_t>(all, [](const auto& it) { return it.emitted; }));
  add(file, kept, each<std::uint64_t>(all, [](const auto& it) { return it.kept; }));
  add(file, dropped, each<std::uint64_t>(all, [](const auto& it) { return it.dropped; }));
  const auto time_of = [&](const ProcessEntry& it, trace::ClockPoint trace::RecordedFacts::*point) {
    if (!it.recorded) return analysis::TraceTime{-1};
    const analysis::Process& process = data.recordings()->processes()[*it.recorded];
    return process.time.at((process.recording->facts().*point).ticks);
  };
  add(file, clock, each<std::int32_t>(all, [&](const auto& it) {
        return it.recorded ? std::int64_t{data.recordings()->processes()[*it.recorded].host} : -1;
      }));
  add(file, recorded_from, each<std::int64_t>(all, [&](const auto& it) {
        return time_of(it, &trace::RecordedFacts::first);
      }));
  add(file, recorded_to, each<std::int64_t>(all, [&](const auto& it) {
        return time_of(it, &trace::RecordedFacts::last);
      }));
  add(file, first_event, each<std::int64_t>(all, [](const auto& it) { return it.first_event; }));
  add(file, last_event, each<std::int64_t>(all, [](const auto& it) { return it.last_event; }));
  add(file, cpu_s, each<double>(all, [](const auto& it) { return it.facts.cpu_s; }));
  add(file, peak_bytes,
      each<std::uint64_t>(all, [](const auto& it) { return it.facts.peak_bytes; }));
  add(file, command, each<std::string>(all, [](const auto& it) { return it.facts.command; }));
}

void write_threads(FileWriter& file, const TraceData& data) {
  using namespace schema::threads;
  const auto& all = data.threads();
  file.begin_table(table, "Threads and their rows in /events", all.size());
  add(file, process, each<std::int32_t>(all, [](const auto& it) { return it.process; }));
  add(file, thread, each<std::int32_t>(all, [](const auto& it) { return it.stream; }));
  add(file, tid, each<std::int64_t>(all, [](const auto& it) { return it.extent.thread; }));
  add(file, first_row, each<std::int64_t>(all, [](const auto& it) { return it.first_row; }));
  add(file, rows, each<std::int64_t>(all, [](const auto& it) { return it.rows(); }));
  add(file, first_sequence,
      each<std::int64_t>(all, [](const auto& it) { return it.extent.oldest; }));
  add(file, dropped, each<std::uint64_t>(all, [](const auto& it) { return it.extent.dropped; }));
}

struct CallRow {
  std::int32_t process;
  std::int32_t rank;
  std::uint32_t region;
  CallCount counted;
};

/// Totals first, then process by process.
std::vector<CallRow> call_rows(const TraceData& data) {
  std::map<std::uint32_t, CallCount> totals;
  std::vector<CallRow> each_process;
  for (std::size_t i = 0; i < data.processes().size(); ++i) {
    const ProcessEntry& entry = data.processes()[i];
    for (std::size_t id = 0; id < entry.calls.size(); ++id) {
      const CallCount& it = entry.calls[id];
      if (it.count == 0) continue;
      const auto& process = data.recordings()->processes()[*entry.recorded];
      const std::uint32_t region = process.region(static_cast<std::uint16_t>(id)).shared;
      CallCount& total = totals[region];
      total.count += it.count;
      total.open += it.open;
      total.time += it.time;
      total.bytes += it.bytes;
      each_process.push_back({static_cast<std::int32_t>(i), entry.facts.rank, region, it});
    }
  }
  std::vector<CallRow> all;
  for (const auto& [region, total] : totals) all.push_back({-1, -1, region, total});
  all.insert(all.end(), each_process.begin(), each_process.end());
  return all;
}

void write_calls(FileWriter& file, const TraceData& data,
                 const std::vector<analysis::Region>& regions) {
  using namespace schema::calls;
  const std::vector<CallRow> all = call_rows(data);
  file.begin_table(table, "Functions that were called, by process and in all", all.size());
  add(file, process, each<std::int32_t>(all, [](const auto& it) { return it.process; }));
  add(file, rank, each<std::int32_t>(all, [](const auto& it) { return it.rank; }));
  add(file, name, each<std::string>(all, [&](const auto& it) { return regions[it.region].name; }));
  add(file, region, each<std::int32_t>(all, [](const auto& it) { return it.region; }));
  add(file, count, each<std::uint64_t>(all, [](const auto& it) { return it.counted.count; }));
  add(file, open, each<std::uint64_t>(all, [](const auto& it) { return it.counted.open; }));
  add(file, time, each<std::int64_t>(all, [](const auto& it) { return it.counted.time; }));
  add(file, bytes, each<std::uint64_t>(all, [](const auto& it) { return it.counted.bytes; }));
}

void write_samples(FileWriter& file, const TraceData& data) {
  using namespace schema::samples;
  std::vector<std::int32_t> processes;
  std::vector<ProcessSample> all;
  for (std::size_t i = 0; i < data.processes().size(); ++i) {
    for (const ProcessSample& it : data.processes()[i].facts.samples) {
      processes.push_back(static_cast<std::int32_t>(i));
      all.push_back(it);
    }
  }
  file.begin_table(table, "What the processes used, once a second", all.size());
  add(file, process, processes);
  add(file, time,
      each<std::int64_t>(all, [&](const auto& it) { return it.wall_ns - data.started_at(); }));
  add(file, cpu_s, each<double>(all, [](const auto& it) { return it.cpu_s; }));
  add(file, resident_bytes,
      each<std::uint64_t>(all, [](const auto& it) { return it.resident_bytes; }));
  add(file, threads, each<std::uint32_t>(all, [](const auto& it) { return it.threads; }));
}

}  // namespace

void write_trace_file(const std::filesystem::path& target, std::uint64_t trace_id,
                      const TraceData& data) {
  const analysis::TraceSet* const recorded = data.recordings();
  const std::vector<analysis::Communicator> no_communicators(1);
  const std::vector<analysis::Region> no_regions(1);
  const auto& communicators = recorded == nullptr ? no_communicators : recorded->communicators();
  const auto& regions = recorded == nullptr ? no_regions : recorded->regions();
  storage::publish_large_file(target, [&](FileWriter& file) {
    write_attributes(file, trace_id, data);
    write_summary(file, trace_id, data);
    write_regions(file, regions);
    write_communicators(file, communicators);
    write_members(file, communicators);
    write_processes(file, data);
    write_threads(file, data);
    write_calls(file, data, regions);
    detail::write_windows(file, data);
    write_samples(file, data);
    PointRows{data, trace::EventKind::counter}.write(
        file, schema::points::counters, "Values of the program's counters, thread by thread");
    PointRows{data, trace::EventKind::mark}.write(file, schema::points::marks,
                                                  "Marks of the program, thread by thread");
    EventRows{data}.write(file);
  });
}

}  // namespace foundation::capture
