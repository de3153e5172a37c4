#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "analysis/trace_set.hpp"
#include "analysis/wait_edges.hpp"

namespace foundation::analysis {

/// Numbers the threads of all processes: those of process 0, then those of process 1, ...
class Locations {
 public:
  explicit Locations(const TraceSet& traces);
  [[nodiscard]] std::uint32_t of(std::uint32_t process, std::uint32_t stream) const noexcept {
    return first_[process] + stream;
  }
  [[nodiscard]] std::uint32_t process_of(std::uint32_t location) const noexcept {
    return processes_[location];
  }
  [[nodiscard]] std::size_t size() const noexcept { return processes_.size(); }

 private:
  std::vector<std::uint32_t> first_;      ///< by process
  std::vector<std::uint32_t> processes_;  ///< by location
};

/// A region of a process, as a key.
struct Place {
  std::uint32_t process = 0;
  std::uint32_t region = 0;  ///< index into TraceSet::regions; 0: outside of any
  auto operator<=>(const Place&) const = default;
};
struct Attributed {
  std::map<Place, TraceTime> critical;  ///< time on the critical path
  std::map<Place, TraceTime> delay;     ///< waiting of others, while their causer was in here
};

/// Reads all events once more and gives the time on the critical path, and that of all waits, to
/// the regions in which the responsible threads were meanwhile. Throws as EventMerge.
[[nodiscard]] Attributed attribute(const TraceSet& traces, const Locations& locations,
                                   const Segments& path, const WaitEdges& edges);

}  // namespace foundation::analysis
