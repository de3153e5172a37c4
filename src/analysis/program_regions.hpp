#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "analysis/matches.hpp"
#include "analysis/trace_set.hpp"

/// What the program itself has named: its regions with their share of the run's time and waits,
/// its counters, and its marks. Regions are indices into TraceSet::regions.
namespace foundation::analysis {

struct Analysis;

/// One region over all processes. Of recursion, inclusive times count once.
struct ProgramRegion {
  std::uint32_t region = 0;
  std::uint64_t calls = 0;
  TraceTime inclusive = 0;
  TraceTime self = 0;      ///< neither in MPI nor in a region within it
  TraceTime mpi = 0;       ///< in MPI, called from it or from regions within it
  TraceTime own_mpi = 0;   ///< of that, called from itself
  TraceTime wait = 0;      ///< of `own_mpi`: because others were late
  TraceTime delay = 0;     ///< waiting of others while their causer was at work in it
  TraceTime critical = 0;  ///< on the critical path: at work in it
  std::uint32_t processes = 0;
  std::uint32_t worst = 0;  ///< process with the most inclusive time
  TraceTime worst_inclusive = 0;
};

/// The most self time first.
[[nodiscard]] std::vector<ProgramRegion> program_regions(const TraceSet& traces,
                                                         const Analysis& analysis);

/// All values of one counter; those that are no numbers are counted, and that is all.
struct CounterSum {
  std::uint64_t count = 0;
  std::uint64_t numbers = 0;
  double least = 0, most = 0, sum = 0;
  double last = 0;

  void add(double value) noexcept;
  [[nodiscard]] double mean() const noexcept {
    return numbers == 0 ? 0 : sum / static_cast<double>(numbers);
  }
};

struct MarkSum {
  std::uint64_t count = 0;
  TraceTime first = 0;
  TraceTime last = 0;

  void add(TraceTime at) noexcept;
};

}  // namespace foundation::analysis
