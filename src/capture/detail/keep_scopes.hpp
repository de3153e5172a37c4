#pragma once

#include <string>
#include <vector>

#include "analysis/trace_set.hpp"
#include "capture/window.hpp"

namespace foundation::capture::detail {

/// Leaves of all processes what the scopes of their windows keep (select_calls), without a change
/// to what is joined with what: a message or collective of which only part is in scope is marked as
/// lone there (analysis::lone_end), as to join what is left by its order would join the wrong ones.
/// For that, what the scopes of regions leave is compared with a replay of everything.
///
/// `windows` are in the order of their numbers in Process::windows. Returns sentences about scopes
/// that name what no process knows. OpenMP over the processes; memory: two bits an event, and what
/// a replay needs. Throws core::Error{io}.
[[nodiscard]] std::vector<std::string> keep_scopes(analysis::TraceSet& traces,
                                                   const std::vector<Window>& windows);

}  // namespace foundation::capture::detail
