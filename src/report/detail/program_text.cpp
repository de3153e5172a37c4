#include "report/detail/program_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace foundation::report::detail {

using analysis::Analysis;

namespace {

std::string regions_text(const TraceNames& names, const Analysis& all, std::size_t rows) {
  const auto& regions = all.program_regions;
  const std::size_t count = std::min(rows, regions.size());
  if (count == 0) return {};
  std::string text = fmt::format(
      "\nregions of the program, all ranks ({} of {})\n  {:>9} {:>11} {:>9} {:>9} {:>9} {:>10}  "
      "{}\n",
      count, regions.size(), "self s", "inclusive s", "MPI s", "waiting s", "delayed s", "calls",
      "region");
  for (std::size_t i = 0; i < count; ++i) {
    const analysis::ProgramRegion& it = regions[i];
    text += fmt::format("  {:>9.3f} {:>11.3f} {:>9.3f} {:>9.3f} {:>9.3f} {:>10}  {}\n",
                        seconds(it.self), seconds(it.inclusive), seconds(it.mpi), seconds(it.wait),
                        seconds(it.delay), it.calls, shown(names.region(it.region)));
  }
  return text +
         "  (MPI: all within; waiting: in its own calls; delayed: others, while it was at "
         "work)\n";
}

std::string counters_text(const TraceNames& names, const Analysis& all, std::size_t rows) {
  if (all.counters.empty()) return {};
  std::string text = fmt::format("\ncounters ({} of {})\n  {:>12} {:>12} {:>12} {:>10}  {}\n",
                                 std::min(rows, all.counters.size()), all.counters.size(), "least",
                                 "mean", "most", "values", "counter");
  std::size_t left = rows;
  for (const auto& [counter, sum] : all.counters) {
    if (left-- == 0) break;
    const std::string& unit = names.unit(counter);
    text += fmt::format("  {:>12.6g} {:>12.6g} {:>12.6g} {:>10}  {}{}\n", sum.least, sum.mean(),
                        sum.most, sum.count, shown(names.region(counter)),
                        unit.empty() ? "" : " (" + shown(unit) + ")");
  }
  return text;
}

std::string marks_text(const TraceNames& names, const Analysis& all, std::size_t rows) {
  if (all.marks.empty()) return {};
  std::string text = fmt::format("\nmarks ({} of {})\n  {:>10} {:>12} {:>12}  {}\n",
                                 std::min(rows, all.marks.size()), all.marks.size(), "times",
                                 "first s", "last s", "mark");
  std::size_t left = rows;
  for (const auto& [mark, sum] : all.marks) {
    if (left-- == 0) break;
    text += fmt::format("  {:>10} {:>12.6f} {:>12.6f}  {}\n", sum.count, seconds(sum.first),
                        seconds(sum.last), shown(names.region(mark)));
  }
  return text;
}

}  // namespace

std::string program_text(const TraceNames& names, const Analysis& all, std::size_t rows) {
  return regions_text(names, all, rows) + counters_text(names, all, rows) +
         marks_text(names, all, rows);
}

}  // namespace foundation::report::detail
