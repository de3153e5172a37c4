#include "runtime/time_limit.hpp"

#include <algorithm>

namespace foundation::runtime {

TimeLimit plan_time(core::Duration left, core::Duration margin, core::Time now) {
  left = std::max(left, core::Duration{0});
  margin = std::min(margin, left / 4);
  const core::Time end = now + left;
  return {end + -margin, end + -margin / 2};
}

}  // namespace foundation::runtime
