#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/trace_set.hpp"

namespace foundation::exports::detail {

/// A process as OTF2 has it: a location group, with a location a thread.
struct Otf2Group {
  std::string name;
  std::int32_t process = -1;  ///< index into TraceSet::processes; -1: it was not recorded
  std::uint32_t threads = 1;  ///< locations; a process without events has one, too
};

/// Which location of an archive is what in a trace. OTF2 wants the group of a rank to have the
/// rank as its number, and a location for each rank of MPI_COMM_WORLD, recorded or not.
class Otf2Locations {
 public:
  /// Throws core::Error{corrupt_data} when ranks are beyond all reason.
  explicit Otf2Locations(const analysis::TraceSet& traces);

  /// By their numbers: first the ranks of MPI_COMM_WORLD, then as many members of other worlds as
  /// any communicator has, then processes without a rank of their own.
  [[nodiscard]] const std::vector<Otf2Group>& groups() const noexcept { return groups_; }
  [[nodiscard]] std::uint32_t group_of(std::uint32_t process) const { return group_of_[process]; }
  [[nodiscard]] static std::uint64_t location(std::uint32_t group, std::uint32_t thread) noexcept {
    return std::uint64_t{thread} << 32U | group;
  }
  /// Groups that take part in MPI: the first ones.
  [[nodiscard]] std::uint32_t members() const noexcept { return ranks_ + foreign_; }
  /// Those of a communicator, in the order of their ranks in it.
  [[nodiscard]] std::vector<std::uint64_t> members_of(const std::vector<std::int32_t>& ranks) const;

 private:
  std::uint32_t ranks_ = 0;
  std::uint32_t foreign_ = 0;
  std::vector<Otf2Group> groups_;
  std::vector<std::uint32_t> group_of_;  ///< by process
};

}  // namespace foundation::exports::detail
