#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "capture/participants.hpp"
#include "capture/trace_folder.hpp"
#include "capture/window.hpp"

namespace foundation::capture {

/// What came of a command about a window. Whoever is missing follows as soon as it can: the file
/// of the windows stays, and each process's wrapper looks at it.
struct WindowOutcome {
  Window window;
  std::size_t participants = 0;   ///< that have done what was asked
  std::vector<Absentee> missing;  ///< the others, and why
};

/// Opens a window in a running job and waits until its participants record, or wait for the
/// window's own beginning. Throws core::Error{bad_input} when the job is over or knows the id,
/// {conflict} when another window is open, and {infrastructure} when the window is strict and
/// somebody is missing: then it is closed again.
WindowOutcome open_window(const TraceFolder& folder, Window window);

/// Closes the window with this id, or the one that is open, and waits until nobody records in it
/// any more. Of one that is closed already the outcome is looked at again. `patience`: as text of
/// options, before the window's own. Throws core::Error{usage} for these, and
/// core::Error{bad_input} when there is no such window.
WindowOutcome close_window(const TraceFolder& folder, std::optional<std::uint64_t> id,
                           const std::string& patience);

}  // namespace foundation::capture
