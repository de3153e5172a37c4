#include "analysis/detail/publish_program.hpp"

#include <string>
#include <utility>

#include "analysis/detail/table.hpp"

namespace foundation::analysis::detail {

using storage::ColumnInfo;

namespace {

struct Source {
  const TraceSet& traces;
  const Analysis& analysis;
  storage::TableSink& sink;

  [[nodiscard]] const std::string& name_of(std::uint32_t shared) const {
    return traces.regions()[shared].name;
  }
  [[nodiscard]] std::int32_t rank_of(std::uint32_t process) const {
    return traces.processes()[process].rank;
  }
};

void publish_program_regions(const Source& from) {
  Table table{from.sink, "program_regions",
              "regions that the program has named, over all ranks, the most self time first",
              from.analysis.program_regions};
  using Row = const ProgramRegion&;
  const auto times = [&](const char* name, const char* meaning, TraceTime ProgramRegion::*part) {
    table.column<std::int64_t>(ColumnInfo{name, meaning, ns}, [&](Row it) { return it.*part; });
  };
  table.column<std::string>(region, [&](Row it) { return from.name_of(it.region); });
  table.column<std::uint64_t>(ColumnInfo{"calls", "times it was entered"},
                              [](Row it) { return it.calls; });
  times("inclusive", "time in it; recursion counts once", &ProgramRegion::inclusive);
  times("self", "time neither in MPI nor in a region within it", &ProgramRegion::self);
  times("mpi", "time in MPI, called from it or from regions within it", &ProgramRegion::mpi);
  times("own_mpi", "time in MPI, called from itself", &ProgramRegion::own_mpi);
  times("wait", "of own_mpi: because others were late", &ProgramRegion::wait);
  times("delay", "waiting of others while their causer was at work in it", &ProgramRegion::delay);
  times("critical", "time on the critical path", &ProgramRegion::critical);
  table.column<std::uint32_t>(ColumnInfo{"ranks", "processes that entered it"},
                              [](Row it) { return it.processes; });
  table.column<std::int32_t>(ColumnInfo{"worst_rank", "rank with the most inclusive time"},
                             [&](Row it) { return from.rank_of(it.worst); });
  times("worst_inclusive", "inclusive time of that rank", &ProgramRegion::worst_inclusive);
}

void publish_counters(const Source& from) {
  Table table{from.sink, "counters", "counters of the program, over all ranks",
              from.analysis.counters};
  using Row = const std::pair<const std::uint32_t, CounterSum>&;
  const auto values = [&](const char* name, const char* meaning, double CounterSum::*part) {
    table.column<double>(ColumnInfo{name, meaning}, [&](Row it) { return it.second.*part; });
  };
  table.column<std::string>(ColumnInfo{"counter", "name"},
                            [&](Row it) { return from.name_of(it.first); });
  table.column<std::string>(ColumnInfo{"unit", "unit of its values"},
                            [&](Row it) { return from.traces.regions()[it.first].unit; });
  table.column<std::uint64_t>(ColumnInfo{"count", "values"},
                              [](Row it) { return it.second.count; });
  table.column<std::uint64_t>(ColumnInfo{"numbers", "of these, finite numbers"},
                              [](Row it) { return it.second.numbers; });
  values("least", "smallest finite value", &CounterSum::least);
  table.column<double>(ColumnInfo{"mean", "mean of the finite values"},
                       [](Row it) { return it.second.mean(); });
  values("most", "largest finite value", &CounterSum::most);
  values("last", "latest value of any rank", &CounterSum::last);
}

void publish_marks(const Source& from) {
  Table table{from.sink, "marks", "marks of the program, over all ranks", from.analysis.marks};
  using Row = const std::pair<const std::uint32_t, MarkSum>&;
  table.column<std::string>(ColumnInfo{"mark", "text"},
                            [&](Row it) { return from.name_of(it.first); });
  table.column<std::uint64_t>(ColumnInfo{"count", "times it was set"},
                              [](Row it) { return it.second.count; });
  table.column<std::int64_t>(ColumnInfo{"first", "first time", trace_time},
                             [](Row it) { return it.second.first; });
  table.column<std::int64_t>(ColumnInfo{"last", "last time", trace_time},
                             [](Row it) { return it.second.last; });
}

}  // namespace

void publish_program(const TraceSet& traces, const Analysis& analysis, storage::TableSink& sink) {
  const Source from{traces, analysis, sink};
  publish_program_regions(from);
  publish_counters(from);
  publish_marks(from);
}

}  // namespace foundation::analysis::detail
