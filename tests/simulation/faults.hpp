#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/options.hpp"

namespace foundation::simulation {

enum class FaultKind : std::uint8_t {
  // workers and their links
  worker_crash,     ///< the process is gone; what it sent still arrives
  node_loss,        ///< a group of workers is gone at once
  worker_pause,     ///< stands still, then goes on
  worker_replaced,  ///< stands still, is declared lost and replaced, then goes on
  connection_lost,  ///< declared lost while it works; leaves when it notices
  worker_joins,     ///< one more worker
  clog,             ///< nothing passes between one worker and the coordinator for a while
  swizzle,          ///< links stop one by one and go on in another order (FoundationDB)
  partition,        ///< a group is unreachable, declared lost, comes back
  one_way,          ///< the same, but one direction works all the time
  cell_failure,     ///< a worker reports a cell as lost or rate limited
  // the session
  kill,           ///< everything of the session is killed, the page cache stays
  late_write,     ///< the same, but what it was writing reaches the disk later
  power_loss,     ///< everything is killed, what was not synced may be lost or torn
  freeze,         ///< the coordinator stands still, then goes on
  freeze_all,     ///< ... with all of its workers
  takeover,       ///< the coordinator stands still while a successor starts
  takeover_all,   ///< ... with all of its workers
  relaunches,     ///< successors one after another, whether or not the last one is alive
  kill_in_call,   ///< the process dies before a call to the disk: claim, recovery, first group
  power_in_call,  ///< ... in a power loss
  rival_in_call,  ///< a successor comes in between two calls
  stop,           ///< a graceful stop, continued later
  // disk and clock
  call_error,    ///< a call fails: EIO or ENOSPC
  sync_error,    ///< one or two syncs fail and later ones succeed without their data
  disk_full,     ///< ENOSPC or EDQUOT at every write for a while
  full_at_sync,  ///< ... at every sync
  read_error,    ///< reads fail
  slow_sync,     ///< the next write takes long
  stuck_sync,    ///< ... minutes
  stale_view,    ///< other nodes see files as they were for a while (NFS attribute cache)
  wall_jump,     ///< the wall clock jumps by hours
  // damage that no journal survives: the second class of seeds
  bit_rot,      ///< a bit of a stored file flips
  lost_sector,  ///< a sector of a stored file is zeros
  misdirected,  ///< a sector of one file lies over one of another
  truncation,   ///< a stored file is cut
  file_lost,    ///< a stored file is gone
  lying_sync,   ///< syncs succeed without storing
  // workers and writes once more
  worker_frozen,  ///< stands still until somebody kills it
  torn_write,     ///< the process is killed in the middle of a write
  // the launcher and what it starts
  host_lost,        ///< all its processes are gone at once; it answers again after a while
  cable_cut,        ///< a host is unreachable for a while; its processes live
  manager_killed,   ///< mpirun or srun is gone, and its ranks with it
  manager_hangs,    ///< it does not end with its ranks, nor when it is first asked to
  launcher_killed,  ///< the command is gone; what it started ends itself
  launcher_pause,   ///< the command stands still, with or without its machine
  never_starts,     ///< the ranks of the next launch hang in their start
};
static_assert(static_cast<std::uint32_t>(FaultKind::never_starts) + 1 == fault_kind_count);
[[nodiscard]] std::string_view name_of(FaultKind kind) noexcept;
[[nodiscard]] constexpr bool is_damage(FaultKind kind) noexcept {
  return kind >= FaultKind::bit_rot && kind <= FaultKind::lying_sync;
}
/// Only where a launcher starts the run.
[[nodiscard]] constexpr bool needs_launcher(FaultKind kind) noexcept {
  return kind >= FaultKind::host_lost;
}

/// Where the newest session is in its course.
enum class Phase : std::uint8_t {
  down,      ///< there is none
  start,     ///< of a new run, until its first group is durable
  recovery,  ///< the same of a later session
  steady,
  drain,  ///< asked to stop
  end,    ///< the search is over, its answer not yet durable
};
inline constexpr std::uint32_t phase_count = 6;
[[nodiscard]] std::string_view name_of(Phase phase) noexcept;

/// Something that happens when the world has come to its `at`-th moment (an event that is not a
/// tick of a clock), or `at` moments after it first comes to a phase. What it hits is chosen by
/// `target` among what is there then.
struct Fault {
  FaultKind kind = FaultKind::kill;
  std::optional<Phase> phase{};
  std::uint64_t at = 0;
  std::uint32_t target = 0;
  std::int64_t amount_ns = 0;
};

[[nodiscard]] std::vector<Fault> draw_faults(const Options& options);

/// "kill@120:3:5000000 power_loss@end+2:0:0": one word a fault, for the command line.
[[nodiscard]] std::string to_text(const std::vector<Fault>& faults);
[[nodiscard]] std::optional<std::vector<Fault>> parse_faults(std::string_view text);

/// How often faults of each kind hit something, by phase.
using FaultMatrix = std::vector<std::uint64_t>;
[[nodiscard]] constexpr std::size_t matrix_cell(FaultKind kind, Phase phase) noexcept {
  return static_cast<std::size_t>(kind) * phase_count + static_cast<std::size_t>(phase);
}
/// Can a fault of this kind hit anything in this phase?
[[nodiscard]] bool can_hit(FaultKind kind, Phase phase) noexcept;
[[nodiscard]] std::string matrix_table(const FaultMatrix& matrix);

}  // namespace foundation::simulation
