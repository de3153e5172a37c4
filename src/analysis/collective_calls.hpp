#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "analysis/collective_matcher.hpp"
#include "analysis/trace_set.hpp"

namespace foundation::analysis {

[[nodiscard]] bool is_blocking_collective(trace::RegionRole role) noexcept;

/// What calls of collectives mean, as they were recorded: who takes part, who is the root, what
/// kind it is. Their parts go to a CollectiveMatcher, their members to the finder, if there is one.
///
/// Local, one thread. What it is given outlives it.
class CollectiveCalls {
 public:
  using Handle = CollectiveMatcher::Handle;

  /// `alignment` and `finder`: as of CollectiveMatcher.
  CollectiveCalls(const TraceSet& traces, MatchSink& sink, const Alignment* alignment,
                  AlignmentFinder* finder);

  /// `enter`: the event that began the call, the `number`th of its thread, recorded in `window`.
  Handle begin(const CallSpan& call, const trace::Event& enter, std::uint64_t number,
               std::uint32_t window);
  /// The part of a process is over with this call.
  void end(const Handle& part, const CallSpan& call, TraceTime leave) {
    matcher_.end(part, call.site, call.enter, leave);
  }
  /// The trace is over.
  void finish() { matcher_.finish(); }

 private:
  [[nodiscard]] std::int32_t root_of(const Process& process, const Communicator& communicator,
                                     const trace::Event& enter) const;
  [[nodiscard]] std::optional<std::uint32_t> process_of(std::int32_t rank) const;
  void name_members(const Stretch& stretch, const Communicator& communicator);
  [[nodiscard]] bool is_in_window(std::uint32_t process, std::uint32_t window) const;

  const TraceSet& traces_;
  CollectiveMatcher matcher_;
  AlignmentFinder* finder_;
  std::map<std::int32_t, std::uint32_t> by_rank_;
};

}  // namespace foundation::analysis
