#include "analysis/time_base.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>

#include "core/contracts.hpp"

namespace foundation::analysis {

using trace::ClockKind;
using trace::ClockPoint;
using Facts = trace::RecordedFacts;

namespace {

/// The points that are furthest apart on one clock.
struct Span {
  ClockPoint first, last;
};

double ns_per_tick(const Span& span, ClockKind clock) {
  if (clock == ClockKind::monotonic_ns || span.last.ticks <= span.first.ticks) return 1;
  return static_cast<double>(span.last.monotonic_ns - span.first.monotonic_ns) /
         static_cast<double>(span.last.ticks - span.first.ticks);
}

}  // namespace

TimeBases align_clocks(std::span<const Facts> processes) {
  EXPECTS(!processes.empty());
  using Clock = std::tuple<std::string, ClockKind>;
  std::map<Clock, Span> clocks;
  TimeBases bases;
  bases.started_at = processes.front().first.wall_ns;
  for (const Facts& it : processes) {
    const auto [known, is_new] =
        clocks.try_emplace({it.boot_id, it.clock}, Span{it.first, it.last});
    Span& span = known->second;
    if (it.first.ticks < span.first.ticks) span.first = it.first;
    if (it.last.ticks > span.last.ticks) span.last = it.last;
  }
  for (const auto& [clock, span] : clocks)
    bases.started_at = std::min(bases.started_at, span.first.wall_ns);
  bases.hosts = static_cast<std::uint32_t>(clocks.size());
  for (const Facts& it : processes) {
    const auto clock = clocks.find({it.boot_id, it.clock});
    const Span& span = clock->second;
    bases.host.push_back(static_cast<std::uint32_t>(std::distance(clocks.begin(), clock)));
    bases.processes.emplace_back(span.first.ticks,
                                 static_cast<double>(span.first.wall_ns - bases.started_at),
                                 ns_per_tick(span, it.clock));
  }
  return bases;
}

}  // namespace foundation::analysis
