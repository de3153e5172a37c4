#pragma once

#include "core/time.hpp"

namespace foundation::runtime {

/// How a session uses the time it was granted. Pure.
struct TimeLimit {
  core::Time deadline;     ///< every cell that starts must be able to end before it
  core::Time last_moment;  ///< nothing is waited for beyond it: the rest is for the last view
};

/// `left` of the granted time and `margin` of it for the end, but at most a quarter: a short
/// allocation still gets something done. The margin is shared by slow cells and the last view.
[[nodiscard]] TimeLimit plan_time(core::Duration left, core::Duration margin, core::Time now);

}  // namespace foundation::runtime
