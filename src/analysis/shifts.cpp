#include "analysis/shifts.hpp"

#include <algorithm>
#include <functional>

namespace foundation::analysis {

TraceTime Shifts::at(TraceTime time) const noexcept {
  const auto after =
      std::ranges::upper_bound(knots_, time, std::less{}, [](const Knot& it) { return it.at; });
  if (after == knots_.begin()) return 0;
  const Knot& knot = *(after - 1);
  const auto faded = static_cast<TraceTime>((1 - gamma) * static_cast<double>(time - knot.at));
  return std::max<TraceTime>(knot.shift - faded, 0);
}

void Shifts::require(TraceTime time, TraceTime shift) {
  if (at(time) >= shift) return;
  auto place =
      std::ranges::lower_bound(knots_, time, std::less{}, [](const Knot& it) { return it.at; });
  // Knots behind it that it makes superfluous.
  auto end = place;
  for (; end != knots_.end(); ++end) {
    const auto faded = static_cast<TraceTime>((1 - gamma) * static_cast<double>(end->at - time));
    if (end->shift > shift - faded) break;
  }
  place = knots_.erase(place, end);
  knots_.insert(place, {time, shift});
}

}  // namespace foundation::analysis
