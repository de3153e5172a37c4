#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/attribution.hpp"
#include "analysis/correct_clocks.hpp"
#include "analysis/diagnosis.hpp"
#include "analysis/efficiencies.hpp"
#include "analysis/profile.hpp"
#include "analysis/program_regions.hpp"
#include "analysis/replay.hpp"
#include "analysis/trace_set.hpp"
#include "analysis/wait_states.hpp"

/// What a run spent its time on, and why. Times in nanoseconds; processes and regions are indices
/// into the TraceSet.
namespace foundation::analysis {

struct AnalysisOptions {
  WaitOptions waits{};
  std::size_t listed_waits = 100'000;  ///< of all waits, so many of the longest are kept
};

/// The time of one process's main thread: together the wall time of the whole trace.
struct TimeAccount {
  TraceTime begin = 0;  ///< the recording of it
  TraceTime end = 0;
  TraceTime compute = 0;  ///< outside of MPI
  TraceTime mpi = 0;      ///< in MPI, without waiting
  TraceTime wait = 0;     ///< in MPI, because others were late
  TraceTime outside = 0;  ///< before it was started and after it had ended, and while it was not
                          ///< recorded
  TraceTime gaps = 0;     ///< of that, the last
};

/// Waits that have pattern and both ends in common. Regions are those of the call; callers are the
/// regions of the program around it, 0 if there is none.
struct WaitGroup {
  WaitPattern pattern = WaitPattern::late_sender;
  Place site, causer;  ///< causer.process may be `nobody`
  std::uint32_t site_caller = 0;
  std::uint32_t causer_caller = 0;
  auto operator<=>(const WaitGroup&) const = default;
};
struct WaitSum {
  std::uint64_t count = 0;
  TraceTime total = 0;
  TraceTime longest = 0;
  TraceTime longest_begin = 0;
};

struct Traffic {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
};

struct CollectiveSum {
  std::uint64_t count = 0;  ///< calls of it on one communicator, by all members together
  std::uint64_t bytes = 0;  ///< given by all members
  TraceTime total = 0;      ///< time of all members in it
};

struct HotSpot {
  std::uint32_t region = 0;
  std::uint64_t calls = 0;
  TraceTime self = 0;  ///< of all processes
  TraceTime inclusive = 0;
  std::uint32_t processes = 0;  ///< that called it
  std::uint32_t worst = 0;      ///< process with the most self time
  TraceTime worst_self = 0;
};

/// Differences between clocks show as messages that arrive before they were sent.
struct ClockCheck {
  std::uint64_t messages = 0;
  std::uint64_t violations = 0;
  TraceTime worst = 0;
};

struct Analysis {
  ReplayCounts counts;
  TraceTime begin = 0, end = 0;
  std::vector<TimeAccount> accounts;  ///< by process
  std::vector<Profile> profiles;      ///< by process
  std::vector<HotSpot> hot_spots;     ///< all regions, the most self time first
  std::vector<ProgramRegion> program_regions;
  std::map<std::uint32_t, CounterSum> counters;                      ///< by region
  std::map<std::uint32_t, MarkSum> marks;                            ///< by region
  std::map<std::pair<std::int32_t, std::int32_t>, Traffic> traffic;  ///< by source and target
  std::map<std::pair<std::uint32_t, std::uint32_t>, CollectiveSum>
      collectives;  ///< by communicator and function
  std::map<WaitGroup, WaitSum> wait_groups;
  std::vector<Wait> longest_waits;  ///< in the order of time
  std::uint64_t waits = 0;
  Attributed attributed;
  Efficiencies efficiencies;
  Diagnosis diagnosis;
  ClockCheck clocks;
  ClockReport correction;  ///< what was done before, by whoever opened the trace

  [[nodiscard]] TraceTime wall() const noexcept { return end - begin; }
};

/// Reads the trace twice. Memory: what is under way, sums by region and process, and buffers;
/// the rest goes to temporary files (TMPDIR). Local. Throws core::Error{io, corrupt_data}.
[[nodiscard]] Analysis analyze(const TraceSet& traces, const AnalysisOptions& options = {});

}  // namespace foundation::analysis
