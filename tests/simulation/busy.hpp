#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace foundation::simulation {

/// Share of the time from the start to the last result that slots spent on cells, in per cent,
/// median over seeds.
struct BusyRow {
  std::string name;
  double median = 0;
  double lowest = 0;
  bool is_comparison = false;  ///< not ours, or known to starve
};

/// 8,000 cells of 20 ms (log-normal, sigma 1) on 16 slots, with everything in between simulated:
/// messages, the journal's disk, ticks. Beside it the static partition into blocks.
[[nodiscard]] std::vector<BusyRow> measure_busy(std::uint32_t seeds);
[[nodiscard]] std::string busy_table(const std::vector<BusyRow>& rows);

}  // namespace foundation::simulation
