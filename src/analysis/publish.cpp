#include "analysis/publish.hpp"

#include <array>
#include <string>

#include <fmt/format.h>

#include "analysis/detail/publish_program.hpp"
#include "analysis/detail/table.hpp"

namespace foundation::analysis {

using detail::ns;
using detail::region;
using detail::Table;
using detail::trace_time;
using storage::ColumnInfo;

namespace {

constexpr std::array<std::int8_t, wait_patterns> pattern_values{0, 1, 2, 3, 4,  5,
                                                                6, 7, 8, 9, 10, 11};
constexpr storage::Flags pattern_flags{
    pattern_values,
    "late_sender late_sender_wrong_order late_receiver wait_at_barrier barrier_completion "
    "wait_at_all_to_all all_to_all_completion early_reduce late_broadcast early_scan start_skew "
    "end_skew"};
constexpr ColumnInfo rank{"rank", "rank in MPI_COMM_WORLD", "", "-1: none"};
constexpr ColumnInfo pattern{"pattern", "kind of wait", "", "", &pattern_flags};
constexpr ColumnInfo caller{"caller", "region of the program around the call"};
constexpr ColumnInfo causer_rank{"causer_rank", "rank that was late", "", "-1: nobody"};
constexpr ColumnInfo causer_region{"causer_region", "call that began late"};
constexpr ColumnInfo causer_caller{"causer_caller", "region of the program around that call"};

class Publisher {
 public:
  Publisher(const TraceSet& traces, const Analysis& analysis, storage::TableSink& sink)
      : traces_{traces}, analysis_{analysis}, sink_{sink} {}

  void publish() {
    attributes();
    processes();
    hot_spots();
    detail::publish_program(traces_, analysis_, sink_);
    call_paths();
    messages();
    collectives();
    waits();
    wait_groups();
    places("critical_path", "time on the critical path", analysis_.attributed.critical);
    places("delays", "waiting of other ranks, by what the late rank did meanwhile",
           analysis_.attributed.delay);
    efficiencies();
  }

 private:
  [[nodiscard]] std::int32_t rank_of(std::uint32_t process) const {
    return process == nobody ? -1 : traces_.processes()[process].rank;
  }
  [[nodiscard]] const std::string& name_of(std::uint32_t shared) const {
    return traces_.regions()[shared].name;
  }
  [[nodiscard]] std::string name_of(const Site& site, std::uint16_t local) const {
    return site.process == nobody ? "" : traces_.processes()[site.process].region(local).name;
  }

  void attributes() {
    sink_.set_attribute("schema", std::string{"foundation.analysis"});
    sink_.set_attribute("schemaVersion", std::int64_t{1});
    sink_.set_attribute("trace_id", fmt::format("{:016x}", traces_.trace_id()));
    sink_.set_attribute("started_at", traces_.started_at());
    sink_.set_attribute("events", static_cast<std::int64_t>(analysis_.counts.events));
  }

  void processes() {
    const auto& accounts = analysis_.accounts;
    std::vector<std::uint32_t> rows(accounts.size());
    for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
    Table table{sink_, "processes",
                "time of each rank's main thread; the parts add up to the wall time of the trace",
                rows};
    const auto& processes = traces_.processes();
    table.column<std::int32_t>(rank, [&](auto i) { return processes[i].rank; });
    table.column<std::string>(ColumnInfo{"host", "host name"},
                              [&](auto i) { return processes[i].recording->facts().host; });
    table.column<std::uint32_t>(ColumnInfo{"pid", "process"},
                                [&](auto i) { return processes[i].recording->facts().process; });
    const auto times = [&](const char* name, const char* meaning, TraceTime TimeAccount::*part) {
      table.column<std::int64_t>(ColumnInfo{name, meaning, ns},
                                 [&](auto i) { return accounts[i].*part; });
    };
    table.column<std::int64_t>(ColumnInfo{"begin", "start of its recording", trace_time},
                               [&](auto i) { return accounts[i].begin; });
    table.column<std::int64_t>(ColumnInfo{"end", "end of its recording", trace_time},
                               [&](auto i) { return accounts[i].end; });
    times("compute", "time outside of MPI", &TimeAccount::compute);
    times("mpi", "time in MPI, without waiting", &TimeAccount::mpi);
    times("wait", "time in MPI because others were late", &TimeAccount::wait);
    times("outside",
          "time of the trace before its start, after its end, and while it was not recorded",
          &TimeAccount::outside);
  }

  void hot_spots() {
    using Row = const HotSpot&;
    Table table{sink_, "hotspots", "regions by their own time over all ranks, largest first",
                analysis_.hot_spots};
    table.column<std::string>(region, [&](Row it) { return name_of(it.region); });
    table.column<std::string>(ColumnInfo{"file", "source file"},
                              [&](Row it) { return traces_.regions()[it.region].file; });
    table.column<std::uint32_t>(ColumnInfo{"line", "line in it"},
                                [&](Row it) { return traces_.regions()[it.region].line; });
    table.column<std::uint64_t>(ColumnInfo{"calls", "times it was entered"},
                                [](Row it) { return it.calls; });
    table.column<std::int64_t>(ColumnInfo{"self", "time in it, not in regions within it", ns},
                               [](Row it) { return it.self; });
    table.column<std::int64_t>(ColumnInfo{"inclusive", "time in it; recursion counts once", ns},
                               [](Row it) { return it.inclusive; });
    table.column<std::uint32_t>(ColumnInfo{"ranks", "processes that entered it"},
                                [](Row it) { return it.processes; });
    table.column<std::int32_t>(ColumnInfo{"worst_rank", "rank with the most self time"},
                               [&](Row it) { return rank_of(it.worst); });
    table.column<std::int64_t>(ColumnInfo{"worst_self", "self time of that rank", ns},
                               [](Row it) { return it.worst_self; });
  }

  void call_paths() {
    struct Row {
      std::uint32_t process;
      std::uint32_t id;
      const Profile::Node* node;
    };
    std::vector<Row> rows;
    for (std::uint32_t process = 0; process < analysis_.profiles.size(); ++process) {
      const auto& nodes = analysis_.profiles[process].nodes();
      for (std::uint32_t id = 1; id < nodes.size(); ++id) rows.push_back({process, id, &nodes[id]});
    }
    Table table{sink_, "call_paths",
                "tree of calls of each rank: a path is named by its last region and the path it "
                "was called from",
                rows};
    table.column<std::int32_t>(rank, [&](const Row& it) { return rank_of(it.process); });
    table.column<std::uint32_t>(ColumnInfo{"path", "number of the path within its rank"},
                                [](const Row& it) { return it.id; });
    table.column<std::uint32_t>(ColumnInfo{"parent", "path it was called from", "", "0: the root"},
                                [](const Row& it) { return it.node->parent; });
    table.column<std::string>(region, [&](const Row& it) { return name_of(it.node->region); });
    table.column<std::uint64_t>(ColumnInfo{"calls", "times it was entered"},
                                [](const Row& it) { return it.node->count; });
    table.column<std::int64_t>(ColumnInfo{"self", "time in it, not in paths from it", ns},
                               [](const Row& it) { return it.node->self; });
    table.column<std::int64_t>(ColumnInfo{"inclusive", "time in it", ns},
                               [](const Row& it) { return it.node->inclusive; });
  }

  void messages() {
    Table table{sink_, "messages", "messages sent, by sender and receiver", analysis_.traffic};
    table.column<std::int32_t>(ColumnInfo{"source", "rank of the sender"},
                               [](const auto& it) { return it.first.first; });
    table.column<std::int32_t>(ColumnInfo{"target", "rank of the receiver"},
                               [](const auto& it) { return it.first.second; });
    table.column<std::uint64_t>(ColumnInfo{"messages", "messages"},
                                [](const auto& it) { return it.second.messages; });
    table.column<std::uint64_t>(ColumnInfo{"bytes", "bytes of all of them", "byte"},
                                [](const auto& it) { return it.second.bytes; });
  }

  void collectives() {
    Table table{sink_, "collectives", "collectives, by communicator and function",
                analysis_.collectives};
    table.column<std::uint32_t>(ColumnInfo{"communicator", "number in the trace"},
                                [](const auto& it) { return it.first.first; });
    table.column<std::string>(ColumnInfo{"function", "MPI function"},
                              [&](const auto& it) { return name_of(it.first.second); });
    table.column<std::uint64_t>(ColumnInfo{"count", "collectives, each once"},
                                [](const auto& it) { return it.second.count; });
    table.column<std::uint64_t>(ColumnInfo{"bytes", "bytes given by all members", "byte"},
                                [](const auto& it) { return it.second.bytes; });
    table.column<std::int64_t>(ColumnInfo{"time", "time in it, all members together", ns},
                               [](const auto& it) { return it.second.total; });
  }

  void waits() {
    using Row = const Wait&;
    Table table{sink_, "waits", "the longest waits, in the order of time", analysis_.longest_waits};
    table.column<std::int8_t>(pattern, [](Row it) { return it.pattern; });
    table.column<std::int32_t>(rank, [&](Row it) { return rank_of(it.site.process); });
    table.column<std::string>(region, [&](Row it) { return name_of(it.site, it.site.region); });
    table.column<std::string>(caller, [&](Row it) { return name_of(it.site, it.site.caller); });
    table.column<std::int64_t>(ColumnInfo{"begin", "start of the wait", trace_time},
                               [](Row it) { return it.begin; });
    table.column<std::int64_t>(ColumnInfo{"duration", "length of the wait", ns},
                               [](Row it) { return it.duration; });
    table.column<std::int32_t>(causer_rank, [&](Row it) { return rank_of(it.causer.process); });
    table.column<std::string>(causer_region,
                              [&](Row it) { return name_of(it.causer, it.causer.region); });
    table.column<std::string>(causer_caller,
                              [&](Row it) { return name_of(it.causer, it.causer.caller); });
  }

  void wait_groups() {
    using Row = const std::pair<const WaitGroup, WaitSum>&;
    Table table{sink_, "wait_groups", "all waits, summed by pattern and both ends",
                analysis_.wait_groups};
    table.column<std::int8_t>(pattern, [](Row it) { return it.first.pattern; });
    table.column<std::int32_t>(rank, [&](Row it) { return rank_of(it.first.site.process); });
    table.column<std::string>(region, [&](Row it) { return name_of(it.first.site.region); });
    table.column<std::string>(caller, [&](Row it) { return name_of(it.first.site_caller); });
    table.column<std::int32_t>(causer_rank,
                               [&](Row it) { return rank_of(it.first.causer.process); });
    table.column<std::string>(causer_region,
                              [&](Row it) { return name_of(it.first.causer.region); });
    table.column<std::string>(causer_caller,
                              [&](Row it) { return name_of(it.first.causer_caller); });
    table.column<std::uint64_t>(ColumnInfo{"count", "waits"},
                                [](Row it) { return it.second.count; });
    table.column<std::int64_t>(ColumnInfo{"time", "of all of them", ns},
                               [](Row it) { return it.second.total; });
    table.column<std::int64_t>(ColumnInfo{"longest", "the longest", ns},
                               [](Row it) { return it.second.longest; });
  }

  void places(std::string_view name, std::string_view description,
              const std::map<Place, TraceTime>& rows) {
    Table table{sink_, name, description, rows};
    table.template column<std::int32_t>(rank,
                                        [&](const auto& it) { return rank_of(it.first.process); });
    table.template column<std::string>(region,
                                       [&](const auto& it) { return name_of(it.first.region); });
    table.template column<std::int64_t>(ColumnInfo{"time", "time", ns},
                                        [](const auto& it) { return it.second; });
  }

  void efficiencies() {
    const std::array<const Efficiencies*, 1> rows{&analysis_.efficiencies};
    Table table{sink_, "efficiencies", "shares of an ideal run (POP metrics)", rows};
    const auto share = [&](const char* name, const char* meaning, double Efficiencies::*part) {
      table.column<double>(ColumnInfo{name, meaning}, [&](const auto* it) { return it->*part; });
    };
    share("parallel", "load balance x communication", &Efficiencies::parallel);
    share("load_balance", "mean computing time over the largest", &Efficiencies::load_balance);
    share("communication", "serialisation x transfer", &Efficiencies::communication);
    share("serialisation", "what dependences between ranks leave", &Efficiencies::serialisation);
    share("transfer", "what the network leaves", &Efficiencies::transfer);
    table.column<std::int64_t>(ColumnInfo{"run_time", "from MPI_Init to MPI_Finalize", ns},
                               [](const auto* it) { return it->run_time; });
  }

  const TraceSet& traces_;
  const Analysis& analysis_;
  storage::TableSink& sink_;
};

}  // namespace

void publish(const TraceSet& traces, const Analysis& analysis, storage::TableSink& sink) {
  Publisher{traces, analysis, sink}.publish();
}

}  // namespace foundation::analysis
