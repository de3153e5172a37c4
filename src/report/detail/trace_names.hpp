#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "analysis/analysis.hpp"
#include "report/terminal_text.hpp"

/// What the reports of a trace have in common: names, and sorted rows.
namespace foundation::report::detail {

inline double seconds(analysis::TraceTime time) { return static_cast<double>(time) * 1e-9; }

/// A name as a terminal may see it, cut to what a row has room for.
inline std::string shown(const std::string& name) {
  constexpr std::size_t widest_name = 48;
  return visible(name, widest_name);
}

class TraceNames {
 public:
  explicit TraceNames(const analysis::TraceSet& traces) : traces_{traces} {}
  /// Rank in MPI_COMM_WORLD; -1: nobody, or a process without MPI.
  [[nodiscard]] std::int32_t rank(std::uint32_t process) const {
    return process == analysis::nobody ? -1 : traces_.processes()[process].rank;
  }
  [[nodiscard]] std::string region(std::uint32_t shared) const {
    return shared == 0 ? "(program)" : traces_.regions()[shared].name;
  }
  [[nodiscard]] const std::string& unit(std::uint32_t shared) const {
    return traces_.regions()[shared].unit;
  }
  /// "MPI_Recv in solve".
  [[nodiscard]] std::string call(std::uint32_t shared, std::uint32_t caller) const {
    return caller == 0 ? region(shared) : region(shared) + " in " + region(caller);
  }
  [[nodiscard]] const analysis::TraceSet& traces() const { return traces_; }

 private:
  const analysis::TraceSet& traces_;
};

/// Rows of a table of times, the largest first; equal ones in the order of their keys.
template <class Map, class TimeOf>
std::vector<typename Map::value_type> largest(const Map& map, TimeOf&& time_of) {
  std::vector<typename Map::value_type> rows(map.begin(), map.end());
  std::vector<const typename Map::value_type*> order;
  for (const auto& row : rows) order.push_back(&row);
  std::ranges::stable_sort(
      order, [&](const auto* a, const auto* b) { return time_of(a->second) > time_of(b->second); });
  std::vector<typename Map::value_type> sorted;
  for (const auto* row : order) sorted.push_back(*row);
  return sorted;
}

}  // namespace foundation::report::detail
