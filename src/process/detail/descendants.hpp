#pragma once

#include <cstdint>
#include <span>
#include <vector>
#include <sys/types.h>

#include "core/time.hpp"

/// The family of this process by /proc/*/task/*/children, which the kernel keeps for checkpoints:
/// whoever has double-forked or left its session is found all the same.
namespace foundation::process::detail {

/// Children of this process, those of all its threads, in ascending order.
[[nodiscard]] std::vector<pid_t> own_children();
/// `roots` and everything below them. Complete only if nobody forks meanwhile.
[[nodiscard]] std::vector<pid_t> with_descendants(std::span<const pid_t> roots);

/// What one process uses; all 0 if it is gone.
struct Usage {
  bool is_zombie = false;
  core::Duration cpu{0};  ///< with that of children it has waited for
  std::uint64_t private_bytes = 0;
  std::uint64_t shared_bytes = 0;
};
[[nodiscard]] Usage usage_of(pid_t pid);

/// What the end of a family has shown.
struct FamilyEnd {
  std::uint32_t killed = 0;
  std::uint32_t immortal = 0;
  core::Duration cpu{0};  ///< of those that this process has reaped
};
/// Stops, kills and reaps all children of this process but `spared` with all that descends from
/// them: stopped first until nobody new is found, so that a fork bomb cannot outrun it. Those that
/// do not die within five seconds are given up.
[[nodiscard]] FamilyEnd end_family(std::span<const pid_t> spared);

}  // namespace foundation::process::detail
