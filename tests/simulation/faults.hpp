#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/options.hpp"

namespace foundation::simulation {

enum class FaultKind : std::uint8_t {
  worker_crash,     ///< the process is gone; what it sent still arrives
  worker_pause,     ///< stands still, then goes on
  connection_lost,  ///< declared lost while it works; leaves when it notices
  worker_joins,     ///< one more worker
  clog,             ///< nothing passes between one worker and the coordinator for a while
  cell_failure,     ///< a worker reports a cell as lost or rate limited
  kill,             ///< everything of the session is killed, the page cache stays
  power_loss,       ///< everything is killed, what was not synced may be lost or torn
  freeze,           ///< the coordinator stands still, then goes on
  takeover,         ///< the coordinator stands still while a successor starts
  call_error,       ///< a call to the disk fails: EIO or ENOSPC
  slow_sync,        ///< the next write takes long
  wall_jump,        ///< the wall clock jumps
  stop,             ///< a graceful stop, continued later
};
inline constexpr std::uint32_t fault_kind_count = 14;
[[nodiscard]] std::string_view name_of(FaultKind kind) noexcept;

/// Something that happens when the world has come to its `at`-th moment (an event that is not a
/// tick of a clock). What it hits is chosen by `target` among what is there then.
struct Fault {
  FaultKind kind = FaultKind::kill;
  std::uint64_t at = 0;
  std::uint32_t target = 0;
  std::int64_t amount_ns = 0;
};

/// In the order of their moments.
[[nodiscard]] std::vector<Fault> draw_faults(const Options& options);

/// "kill@120:3:5000000 power_loss@200:0:0": one word a fault, for the command line.
[[nodiscard]] std::string to_text(const std::vector<Fault>& faults);
[[nodiscard]] std::optional<std::vector<Fault>> parse_faults(std::string_view text);

}  // namespace foundation::simulation
