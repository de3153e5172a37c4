#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/detail/trace_names.hpp"
#include "report/trace_report.hpp"
#include "storage/column.hpp"

namespace foundation::report {

using analysis::Analysis;
using analysis::TraceTime;
using detail::seconds;
using nlohmann::json;

namespace {

std::string text_of(const std::string& name) { return storage::stored_text(name); }

json accounts(const detail::TraceNames& names, const Analysis& it) {
  json rows = json::array();
  for (std::uint32_t i = 0; i < it.accounts.size(); ++i) {
    const auto& account = it.accounts[i];
    const auto& facts = names.traces().processes()[i].recording->facts();
    rows.push_back({{"rank", names.rank(i)},
                    {"host", text_of(facts.host)},
                    {"pid", facts.process},
                    {"finished", facts.closed},
                    {"begin_s", seconds(account.begin)},
                    {"end_s", seconds(account.end)},
                    {"compute_s", seconds(account.compute)},
                    {"mpi_s", seconds(account.mpi)},
                    {"wait_s", seconds(account.wait)},
                    {"outside_s", seconds(account.outside)}});
  }
  return rows;
}

json waits(const detail::TraceNames& names, const Analysis& it) {
  json rows = json::array();
  for (const auto& [group, sum] :
       detail::largest(it.wait_groups, [](const analysis::WaitSum& sum) { return sum.total; }))
    rows.push_back({{"pattern", name_of(group.pattern)},
                    {"rank", names.rank(group.site.process)},
                    {"region", text_of(names.region(group.site.region))},
                    {"caller", text_of(names.region(group.site_caller))},
                    {"causer_rank", names.rank(group.causer.process)},
                    {"causer_region", text_of(names.region(group.causer.region))},
                    {"causer_caller", text_of(names.region(group.causer_caller))},
                    {"count", sum.count},
                    {"total_s", seconds(sum.total)},
                    {"longest_s", seconds(sum.longest)},
                    {"longest_at_s", seconds(sum.longest_begin)}});
  return rows;
}

json places(const detail::TraceNames& names, const std::map<analysis::Place, TraceTime>& times) {
  json rows = json::array();
  for (const auto& [place, time] : detail::largest(times, [](TraceTime it) { return it; }))
    rows.push_back({{"rank", names.rank(place.process)},
                    {"region", text_of(names.region(place.region))},
                    {"time_s", seconds(time)}});
  return rows;
}

json hot_spots(const detail::TraceNames& names, const Analysis& it, std::size_t most) {
  json rows = json::array();
  for (std::size_t i = 0; i < std::min(most, it.hot_spots.size()); ++i) {
    const analysis::HotSpot& spot = it.hot_spots[i];
    rows.push_back({{"region", text_of(names.region(spot.region))},
                    {"calls", spot.calls},
                    {"self_s", seconds(spot.self)},
                    {"inclusive_s", seconds(spot.inclusive)},
                    {"ranks", spot.processes},
                    {"worst_rank", names.rank(spot.worst)},
                    {"worst_self_s", seconds(spot.worst_self)}});
  }
  return rows;
}

json program_regions(const detail::TraceNames& names, const Analysis& it) {
  json rows = json::array();
  for (const analysis::ProgramRegion& region : it.program_regions)
    rows.push_back({{"region", text_of(names.region(region.region))},
                    {"calls", region.calls},
                    {"inclusive_s", seconds(region.inclusive)},
                    {"self_s", seconds(region.self)},
                    {"mpi_s", seconds(region.mpi)},
                    {"own_mpi_s", seconds(region.own_mpi)},
                    {"wait_s", seconds(region.wait)},
                    {"delay_s", seconds(region.delay)},
                    {"critical_s", seconds(region.critical)},
                    {"ranks", region.processes},
                    {"worst_rank", names.rank(region.worst)},
                    {"worst_inclusive_s", seconds(region.worst_inclusive)}});
  return rows;
}

json counters(const detail::TraceNames& names, const Analysis& it) {
  json rows = json::array();
  for (const auto& [counter, sum] : it.counters)
    rows.push_back({{"counter", text_of(names.region(counter))},
                    {"unit", text_of(names.unit(counter))},
                    {"count", sum.count},
                    {"numbers", sum.numbers},
                    {"least", sum.least},
                    {"mean", sum.mean()},
                    {"most", sum.most},
                    {"last", sum.last}});
  return rows;
}

json marks(const detail::TraceNames& names, const Analysis& it) {
  json rows = json::array();
  for (const auto& [mark, sum] : it.marks)
    rows.push_back({{"mark", text_of(names.region(mark))},
                    {"count", sum.count},
                    {"first_s", seconds(sum.first)},
                    {"last_s", seconds(sum.last)}});
  return rows;
}

json traffic(const Analysis& it) {
  json rows = json::array();
  for (const auto& [pair, sum] : it.traffic)
    rows.push_back({{"source", pair.first},
                    {"target", pair.second},
                    {"messages", sum.messages},
                    {"bytes", sum.bytes}});
  return rows;
}

json diagnosis(const analysis::Diagnosis& it) {
  json sentences = json::array();
  for (const std::string& sentence : it.sentences) sentences.push_back(text_of(sentence));
  return {
      {"unfinished_processes", it.unfinished_processes}, {"unreceived_messages", it.unreceived},
      {"receives_without_message", it.unsent},           {"incomplete_collectives", it.incomplete},
      {"mismatched_collectives", it.mismatched},         {"sentences", sentences}};
}

}  // namespace

std::string trace_to_json(const analysis::TraceSet& traces, const Analysis& it, std::size_t rows) {
  const detail::TraceNames names{traces};
  const analysis::Efficiencies& share = it.efficiencies;
  const json shown{{"schema", 1},
                   {"trace_id", fmt::format("{:016x}", traces.trace_id())},
                   {"started_at_ns", traces.started_at()},
                   {"hosts", traces.hosts()},
                   {"wall_s", seconds(it.wall())},
                   {"events", it.counts.events},
                   {"calls", it.counts.calls},
                   {"unbalanced", it.counts.unbalanced},
                   {"unended", it.counts.unended},
                   {"outside_messages", it.counts.outside},
                   {"lone_ends", it.counts.lone},
                   {"unknown_requests", it.counts.unknown_requests},
                   {"processes", accounts(names, it)},
                   {"efficiencies",
                    {{"parallel", share.parallel},
                     {"load_balance", share.load_balance},
                     {"communication", share.communication},
                     {"serialisation", share.serialisation},
                     {"transfer", share.transfer},
                     {"run_time_s", seconds(share.run_time)}}},
                   {"waits", waits(names, it)},
                   {"delays", places(names, it.attributed.delay)},
                   {"critical_path", places(names, it.attributed.critical)},
                   {"hot_spots", hot_spots(names, it, rows)},
                   {"regions", program_regions(names, it)},
                   {"counters", counters(names, it)},
                   {"marks", marks(names, it)},
                   {"messages", traffic(it)},
                   {"clocks",
                    {{"conditions", it.correction.conditions},
                     {"bound_s", it.correction.bound * 1e-9},
                     {"unaligned_hosts", it.correction.unaligned},
                     {"violations_before", it.correction.before.count},
                     {"violations_aligned", it.correction.aligned.count},
                     {"violations", it.clocks.violations}}},
                   {"diagnosis", diagnosis(it.diagnosis)}};
  return shown.dump(2) + "\n";
}

}  // namespace foundation::report
