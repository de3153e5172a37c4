#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "analysis/alignment.hpp"
#include "analysis/matches.hpp"

namespace foundation::analysis {

/// Joins the parts of each collective: every member of a communicator calls collectives on it in
/// the same order (MPI 3.1, section 5.1), so the n-th call of each belongs to the n-th collective.
///
/// Memory is that of what is under way. Local, one thread. What it is given outlives it.
class CollectiveMatcher {
 public:
  /// `alignment` and `finder`: as of MessageMatcher.
  explicit CollectiveMatcher(MatchSink& sink, const Alignment* alignment = nullptr,
                             AlignmentFinder* finder = nullptr)
      : sink_{sink}, alignment_{alignment}, finder_{finder} {}

  struct Begin {
    std::uint32_t communicator = 0;
    std::uint32_t window = 0;  ///< in which it was recorded
    std::uint32_t members = 0;
    Site site{};  ///< the call that begins it
    trace::RegionRole role = trace::RegionRole::barrier;
    std::uint32_t function = 0;  ///< index into TraceSet::regions; all must call the same
    std::int32_t rank = -1;      ///< of the process in the communicator
    std::int32_t root = -1;      ///< rank in MPI_COMM_WORLD; -1: this process names none
    std::optional<std::uint32_t> root_process{};  ///< the same one
    bool is_root = false;
    std::uint64_t bytes = 0;
    TraceTime posted = 0;
    std::uint64_t event = 0;  ///< number of the enter of the call in its thread
  };
  struct Handle {
    Stretch stretch;
    std::uint64_t number = 0;
    std::uint32_t part = 0;
    AlignmentFinder::Part found;  ///< for the finder, if there is one
  };
  /// A process takes part in its next collective of this communicator.
  Handle begin(const Begin& begin);
  /// Its part is over: the call itself, or the wait for it, has ended.
  void end(const Handle& handle, const Site& site, TraceTime enter, TraceTime leave);
  /// The trace is over: gives out the ones that never became complete.
  void finish();

 private:
  struct Open {
    Collective collective;
    std::uint32_t ended = 0;
  };
  struct Progress {
    std::map<std::uint64_t, Open> open;            ///< by number
    std::map<std::uint32_t, std::uint64_t> begun;  ///< collectives begun, by process
  };
  MatchSink& sink_;
  const Alignment* alignment_;
  AlignmentFinder* finder_;
  std::map<Stretch, Progress> stretches_;
};

}  // namespace foundation::analysis
