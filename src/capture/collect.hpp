#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "capture/merge.hpp"
#include "capture/participants.hpp"
#include "capture/trace_folder.hpp"
#include "capture/window.hpp"

namespace foundation::capture {

struct CollectRequest {
  std::filesystem::path output;           ///< empty: where the job said; a window, beside it
  bool force = false;                     ///< the output may be another trace, or anything else
  std::optional<std::uint64_t> window{};  ///< only what was recorded in it, and who took part in it
  Patience patience;
};

struct CollectSummary {
  MergeSummary merged;
  std::vector<Absentee> missing;  ///< whose events are not there, or not up to now, and why
};

/// Makes the HDF5 file of what a job has recorded until now, while it goes on; it is told nothing.
/// The file is always made anew from the recordings, in which an event has one place, given by
/// rank, thread and sequence. So it may be done any number of times, late events come to the file
/// the next time, none is there twice, and the last file is the one that the job's end makes.
///
/// Waits for ranks that have not started and for copies from other hosts, as patience has it.
/// Throws core::Error{usage} when the output is something else, {bad_input} when there is no such
/// window, {io}.
CollectSummary collect(const TraceFolder& folder, const CollectRequest& request);

}  // namespace foundation::capture
