#pragma once

#include <cstdint>
#include <filesystem>

#include "analysis/trace_set.hpp"
#include "exports/export.hpp"

namespace foundation::exports {

/// What has been written: unlike other formats, OTF2 has the two ends of a message apart, and a
/// part of a collective for each process in it.
struct Otf2Counts {
  std::uint64_t calls = 0;
  std::uint64_t sends = 0;
  std::uint64_t receives = 0;
  std::uint64_t collectives = 0;  ///< parts of collectives, begun

  Otf2Counts& operator+=(const Otf2Counts& other) noexcept {
    calls += other.calls;
    sends += other.sends;
    receives += other.receives;
    collectives += other.collectives;
    return *this;
  }
};

/// Throws core::Error{usage} with what to install if this program was built without OTF2.
void require_otf2();

/// Writes an archive of the Open Trace Format 2 (https://www.vi-hps.org/projects/score-p):
/// `traces.otf2` and what belongs to it, in `folder`, which must not exist or be empty. When it
/// throws, something unfinished may be left in there.
///
/// Ticks are nanoseconds since the start of the trace. Hosts are nodes of the system tree,
/// processes are location groups and threads locations; the group of a rank has the rank as its
/// number, and ranks that were not recorded have locations without events. An inter-communicator
/// has the members of both its groups, one behind the other. A process whose recording just ends
/// has a marker that says so; its open calls last until the end of the trace and are left with the
/// attribute `unfinished`. Counters are metrics, marks are parameters.
///
/// One process after the other: memory is that of one, and a list of locations. Local. Throws
/// core::Error{io, corrupt_data}, or {usage} as require_otf2.
Otf2Counts export_otf2(const analysis::TraceSet& traces, const ExportOptions& options,
                       const std::filesystem::path& folder);

}  // namespace foundation::exports
